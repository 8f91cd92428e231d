import type { FieldTarget, Schema, StructSchema, StructTarget } from '@headrace/connector-api';
import { noBranch, readerOf, skipperOf } from './avro-decoder.ts';
import type { AvroInput } from './avro-input.ts';
import type { AvroRecord, AvroType } from './avro-type.ts';
import { nullableBranch } from './connect-schema.ts';

/** Reads one value and hands it on. */
type Step = (input: AvroInput) => void;

/**
 * As `compileAvroReader`, without an object for the struct: each field goes to its target. `schema` is the type's own. undefined where a
 * struct is no record: one that stands for a union has the branches as its fields.
 */
export const compileFieldReader = (type: AvroType, schema: StructSchema, target: StructTarget): Step | undefined => {
  if (type.kind === 'record') return recordStep(type, schema, target);
  const record = type.kind === 'union' ? nullableBranch(type.branches) : undefined;
  const present = record?.kind === 'record' ? recordStep(record, schema, target) : undefined;
  return type.kind === 'union' && present !== undefined ? optionalStep(type.branches, present, target) : undefined;
};

const recordStep = (type: AvroRecord, schema: StructSchema, { fields }: StructTarget): Step | undefined => {
  const steps: Step[] = [];
  for (const [index, field] of type.fields.entries()) {
    const step = partStep(field.type, (schema.fields[index] as { schema: Schema }).schema, fields[index] ?? null);
    if (step === undefined) return undefined;
    steps.push(step);
  }
  return (input) => {
    for (const step of steps) step(input);
  };
};

const partStep = (type: AvroType, schema: Schema, target: FieldTarget | StructTarget | null): Step | undefined => {
  if (target === null) return skipperOf(type);
  return 'fields' in target ? compileFieldReader(type, schema as StructSchema, target) : fieldStep(type, schema, target);
};

const optionalStep = (branches: readonly AvroType[], present: Step, target: { none(): void }): Step => {
  const nullIndex = branches.findIndex(({ kind }) => kind === 'null');
  return (input) => {
    const index = input.int();
    if (index === nullIndex) target.none();
    else if (index === 1 - nullIndex) present(input);
    else throw noBranch(index);
  };
};

const fieldStep = (type: AvroType, schema: Schema, target: FieldTarget): Step => {
  switch (type.kind) {
    case 'int':
      return (input) => {
        target.number(input.int());
      };
    case 'long':
      return (input) => {
        const value = input.long();
        if (typeof value === 'number') target.number(value);
        else target.value(value);
      };
    case 'float':
      return (input) => {
        target.number(input.float());
      };
    case 'double':
      return (input) => {
        target.number(input.double());
      };
    case 'string':
      return (input) => {
        input.textInto(target);
      };
    case 'union': {
      const single = nullableBranch(type.branches);
      if (single !== undefined) return optionalStep(type.branches, fieldStep(single, schema, target), target);
      return valueStep(type, schema, target);
    }
    default:
      return valueStep(type, schema, target);
  }
};

const valueStep = (type: AvroType, schema: Schema, target: FieldTarget): Step => {
  const read = readerOf(type, schema);
  return (input) => {
    const value = read(input);
    if (value === null) target.none();
    else target.value(value);
  };
};

import type { FieldTarget, Schema, StructSchema, StructTarget } from '@headrace/connector-api';
import { noBranch, readerOf, skipperOf } from './avro-decoder.ts';
import type { AvroInput } from './avro-input.ts';
import type { AvroRecord, AvroType } from './avro-type.ts';
import { nullableBranch } from './connect-schema.ts';

/** Reads one value and hands it on. */
type Step = (input: AvroInput) => void;

/** As `compileAvroReader`, without an object for the struct: each field goes to its target. `schema` is the type's own. */
export const compileFieldReader = (type: AvroType, schema: StructSchema, target: StructTarget): Step => structStep(type, schema, target);

const structStep = (type: AvroType, schema: StructSchema, target: StructTarget): Step => {
  if (type.kind === 'record') return recordStep(type, schema, target);
  const record = type.kind === 'union' ? nullableBranch(type.branches) : undefined;
  if (type.kind !== 'union' || record?.kind !== 'record') throw new TypeError('Only a record is read field by field.');
  return optionalStep(type.branches, recordStep(record, schema, target), target);
};

const recordStep = (type: AvroRecord, schema: StructSchema, { fields }: StructTarget): Step => {
  const steps = type.fields.map((field, index): Step => {
    const target = fields[index] ?? null;
    if (target === null) return skipperOf(field.type);
    const fieldSchema = (schema.fields[index] as { schema: Schema }).schema;
    return 'fields' in target ? structStep(field.type, fieldSchema as StructSchema, target) : fieldStep(field.type, fieldSchema, target);
  });
  return (input) => {
    for (const step of steps) step(input);
  };
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

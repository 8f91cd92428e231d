import { Struct, structOf, type ConnectRecord, type Schema, type StructSchema, type Transform } from '@headrace/connector-api';
import { types } from 'node:util';
import { withDefaults } from './null-defaults.ts';
import { unsuitable, type Side } from './side.ts';

/** What becomes of the structs of one schema: worked out once per schema object. */
export interface StructPlan {
  readonly schema: StructSchema;
  /** One value per field of `schema`. */
  values(struct: Struct, record: ConnectRecord): unknown[];
}

export interface StructTransform {
  /** For messages: `ReplaceField`. */
  readonly name: string;
  /** Plans see the defaults of fields in the place of nulls. Default false. */
  readonly isNullReplaced?: boolean;
  readonly plan: (schema: StructSchema) => StructPlan;
  /** Data without a schema; may change the map it is given, which is a copy. */
  readonly map: (map: Map<string, unknown>, record: ConnectRecord) => Map<string, unknown>;
}

/** A transform of structs and maps on one side. A null (tombstone) passes. */
export const structTransform = (side: Side, { name, plan, map, isNullReplaced = false }: StructTransform): Transform => {
  const planOf = planCache(plan);
  return (record) => {
    const value = side.valueOf(record);
    if (value === null || value === undefined) return record;
    const schema = side.schemaOf(record);
    if (schema === null) {
      if (!types.isMap(value)) throw unsuitable(name, `its ${side.name} is neither a struct nor a map`);
      return side.replace(record, null, map(new Map(value as ReadonlyMap<string, unknown>), record));
    }
    if (schema.type !== 'struct' || !(value instanceof Struct))
      throw unsuitable(name, `its ${side.name} is of type ${schema.type}, not a struct`);
    const planned = planOf(schema);
    return side.replace(
      record,
      planned.schema,
      new Struct(planned.schema, planned.values(isNullReplaced ? withDefaults(value) : value, record)),
    );
  };
};

/** A struct in the place of another: its name, version, doc and parameters. RecordError when two fields have one name. */
export const reshaped = (transform: string, former: Schema, fields: readonly (readonly [string, Schema])[]): StructSchema => {
  const names = fields.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw unsuitable(transform, `two of its fields would be called "${twice}"`);
  return structOf(fields, basicsOf(former));
};

/** Remembers what was made of a schema object as long as that lives. */
export const planCache = <S extends Schema, P>(make: (schema: S) => P): ((schema: S) => P) => {
  const plans = new WeakMap<S, P>();
  return (schema) => {
    let plan = plans.get(schema);
    if (plan === undefined) plans.set(schema, (plan = make(schema)));
    return plan;
  };
};

/** Name, version, doc and parameters of a struct, for the struct that takes its place (which is required, as in Kafka Connect). */
export const basicsOf = ({ name, version, doc, parameters }: Schema) => ({
  ...(name === undefined ? {} : { name }),
  ...(version === undefined ? {} : { version }),
  ...(doc === undefined ? {} : { doc }),
  ...(parameters === undefined ? {} : { parameters }),
});

import type { StructSchema } from './schema.ts';

/** Known to every copy of this module: a plugin from outside brings its own, and its structs are structs here. */
const brand = Symbol.for('headrace.struct');

/** A record value: positions follow `schema.fields`. Mutable only for whoever builds it. */
export class Struct {
  static {
    Object.defineProperty(Struct.prototype, brand, { value: true });
  }

  static [Symbol.hasInstance](value: unknown): value is Struct {
    return typeof value === 'object' && value !== null && brand in value;
  }

  readonly schema: StructSchema;
  /** One value per field; null for absent. */
  readonly values: unknown[];

  constructor(schema: StructSchema, values: unknown[]) {
    this.schema = schema;
    this.values = values;
  }

  /** The value of a field; undefined when the schema has no such field. */
  get(name: string): unknown {
    const index = this.schema.indexByName.get(name);
    return index === undefined ? undefined : this.values[index];
  }

  /** As an object by field name: for tests and logs of schemas, not for the hot path. */
  toObject(): Record<string, unknown> {
    return Object.fromEntries(this.schema.fields.map((field) => [field.name, unwrap(this.values[field.index])]));
  }
}

const unwrap = (value: unknown): unknown => {
  if (value instanceof Struct) return value.toObject();
  if (Array.isArray(value)) return value.map(unwrap);
  return value;
};

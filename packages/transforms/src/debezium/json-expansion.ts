import {
  arrayOf,
  ExactNumber,
  parseExact,
  primitive,
  Struct,
  structOf,
  type PrimitiveSchema,
  type Schema,
  type StructSchema,
} from '@headrace/connector-api';

interface Typed {
  readonly schema: Schema;
  readonly value: unknown;
}

const INT_MAX = 0x7fff_ffff;
/** Shapes remembered: payloads of endless shapes must not fill the memory. */
const MAX_SCHEMAS = 1_000;

const optional = (type: PrimitiveSchema['type']): PrimitiveSchema => primitive(type, { isOptional: true });
const scalars = {
  boolean: optional('boolean'),
  string: optional('string'),
  int32: optional('int32'),
  int64: optional('int64'),
  float64: optional('float64'),
  bytes: optional('bytes'),
} as const;

/** JSON texts as structs, with a schema inferred from each; texts of one shape share one schema object. */
export class JsonExpansion {
  readonly #isNullKept: boolean;
  readonly #schemas = new Map<string, StructSchema>();

  /** @param isNullKept a null becomes an optional field of type bytes, otherwise it is left out */
  constructor(isNullKept: boolean) {
    this.#isNullKept = isNullKept;
  }

  /** undefined when the cell is no text of a JSON object or array, or has no schema that can be told. */
  expand({ value }: Typed): Typed | undefined {
    if (typeof value !== 'string' || !/^\s*[{[]/.test(value)) return undefined;
    try {
      return this.#typed(parseExact(value), 'payload');
    } catch {
      return undefined;
    }
  }

  #typed(json: unknown, name: string): Typed | undefined {
    if (json === null) return this.#isNullKept ? { schema: scalars.bytes, value: null } : undefined;
    if (Array.isArray(json)) return this.#array(json, name);
    if (typeof json === 'object' && !(json instanceof ExactNumber)) return this.#object(json as Readonly<Record<string, unknown>>, name);
    return scalar(json);
  }

  #object(json: Readonly<Record<string, unknown>>, name: string): Typed {
    const fields = Object.entries(json).flatMap(([key, item]) => {
      const typed = this.#typed(item, `${name}.${key}`);
      return typed === undefined ? [] : [[key, typed] as const];
    });
    const schema = structOf(
      fields.map(([key, typed]) => [key, typed.schema]),
      { name, isOptional: true },
    );
    return {
      schema: this.#shared(schema),
      value: new Struct(
        this.#shared(schema),
        fields.map(([, typed]) => typed.value),
      ),
    };
  }

  #array(json: readonly unknown[], name: string): Typed | undefined {
    const items = json.map((item) => this.#typed(item, name));
    const [first] = items;
    if (first === undefined) {
      if (items.length > 0) throw new TypeError('An array of nulls has no type.');
      return undefined;
    }
    const shape = JSON.stringify(first.schema);
    if (items.some((item) => JSON.stringify(item?.schema) !== shape)) throw new TypeError('An array has items of several types.');
    return { schema: arrayOf(first.schema, { isOptional: true }), value: items.map((item) => item?.value) };
  }

  #shared(schema: StructSchema): StructSchema {
    const shape = JSON.stringify(schema);
    const known = this.#schemas.get(shape);
    if (known !== undefined) return known;
    if (this.#schemas.size >= MAX_SCHEMAS) this.#schemas.clear();
    this.#schemas.set(shape, schema);
    return schema;
  }
}

const scalar = (json: unknown): Typed => {
  if (typeof json === 'boolean') return { schema: scalars.boolean, value: json };
  if (typeof json === 'string') return { schema: scalars.string, value: json };
  if (typeof json === 'bigint') return { schema: scalars.int64, value: json };
  const value = json instanceof ExactNumber ? Number(json.text) : (json as number);
  if (!Number.isInteger(value)) return { schema: scalars.float64, value };
  return { schema: Math.abs(value) <= INT_MAX ? scalars.int32 : scalars.int64, value };
};

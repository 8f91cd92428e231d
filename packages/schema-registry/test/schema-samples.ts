import {
  arrayOf,
  bytesOfUnscaled,
  decimalSchema,
  int64,
  mapOf,
  primitive,
  Struct,
  structOf,
  withOptional,
  type Schema,
} from '@headrace/connector-api';
import fc from 'fast-check';

/** A schema and how to make values of it. */
export interface Sample {
  readonly schema: Schema;
  readonly value: fc.Arbitrary<unknown>;
}

const bytes = (): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
const long = (): fc.Arbitrary<unknown> =>
  fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -(2n ** 36n), max: 2n ** 36n })).map(int64);
const text = (): fc.Arbitrary<string> => fc.oneof(fc.string({ maxLength: 80 }), fc.string({ unit: 'grapheme', maxLength: 80 }));

/** Types without parts, with values of theirs. */
export const leaves: readonly Sample[] = [
  { schema: primitive('int8'), value: fc.integer({ min: -128, max: 127 }) },
  { schema: primitive('int16'), value: fc.integer({ min: -32_768, max: 32_767 }) },
  { schema: primitive('int32', { name: 'io.debezium.time.Date', version: 1 }), value: fc.integer() },
  { schema: primitive('int32', { defaultValue: 7 }), value: fc.integer() },
  { schema: primitive('int64'), value: long() },
  { schema: primitive('float32'), value: fc.float({ noNaN: true }) },
  { schema: primitive('float64'), value: fc.double({ noNaN: true }) },
  { schema: primitive('boolean'), value: fc.boolean() },
  { schema: primitive('string'), value: text() },
  { schema: primitive('string', { defaultValue: 'x', name: 'io.debezium.data.Enum', parameters: { allowed: 'x,y' } }), value: text() },
  { schema: primitive('bytes'), value: bytes() },
  {
    schema: decimalSchema(2),
    value: fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map((unscaled) => Buffer.from(bytesOfUnscaled(unscaled))),
  },
];

const optionalOf = (sample: Sample): Sample => ({
  schema: withOptional(sample.schema, true),
  value: fc.option(sample.value, { nil: null }),
});

export const samples: fc.Arbitrary<Sample> = fc.letrec<{ sample: Sample; container: Sample }>((tie) => ({
  sample: fc.oneof({ maxDepth: 3 }, fc.constantFrom(...leaves), fc.constantFrom(...leaves.map(optionalOf)), tie('container')),
  container: fc.oneof(
    tie('sample').map(({ schema, value }) => ({ schema: arrayOf(schema), value: fc.array(value, { maxLength: 4 }) })),
    tie('sample').map(({ schema, value }) => ({
      schema: mapOf(primitive('string'), schema),
      value: fc
        .array(
          fc.tuple(
            fc.string({ maxLength: 5 }).map((key) => `k${key}`),
            value,
          ),
          { maxLength: 4 },
        )
        .map((entries) => new Map(entries)),
    })),
    fc.array(tie('sample'), { maxLength: 6 }).map((fields) => {
      const schema = structOf(fields.map((field, index) => [`f${String(index)}`, field.schema]));
      return { schema, value: fc.tuple(...fields.map((field) => field.value)).map((values) => new Struct(schema, values)) };
    }),
  ),
})).sample;

/** A schema with a value of it. */
export const cases: fc.Arbitrary<{ readonly schema: Schema; readonly value: unknown }> = samples.chain(({ schema, value }) =>
  value.map((item) => ({ schema, value: item })),
);

/** A value in a form that `toEqual` compares. */
export const plain = (value: unknown): unknown => {
  if (value instanceof Struct) return value.values.map(plain);
  if (value instanceof Map) return [...value].map(plain);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return Object.is(value, -0) ? 0 : value;
};

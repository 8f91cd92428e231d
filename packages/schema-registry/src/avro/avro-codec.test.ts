import { arrayOf, primitive, Struct, structOf, type Schema, type StructSchema, type StructTarget } from '@headrace/connector-api';
import { describe, expect, test } from '@jest/globals';
import avsc from 'avsc';
import fc from 'fast-check';
import { cases, plain, samples } from '../../test/schema-samples.ts';
import { compileAvroReader, type ReaderOptions } from './avro-decoder.ts';
import { compileAvroWriter } from './avro-encoder.ts';
import { compileFieldReader } from './avro-field-reader.ts';
import { AvroInput } from './avro-input.ts';
import { AvroOutput } from './avro-output.ts';
import { avroSchemaText } from './avro-schema.ts';
import { parseAvroSchema } from './avro-type.ts';

const encode = (schema: Schema, value: unknown): Buffer => {
  const output = new AvroOutput();
  output.begin();
  compileAvroWriter(schema)(output, value);
  return Buffer.from(output.end());
};

const decode = (text: string, encoded: Uint8Array, options: ReaderOptions = {}): { readonly schema: Schema; readonly value: unknown } => {
  const reader = compileAvroReader(parseAvroSchema(text), options);
  const input = new AvroInput();
  input.open(encoded, 0);
  const value = reader.read(input);
  expect(input.remaining).toBe(0);
  return { schema: reader.schema, value };
};

/** avsc with 64-bit integers as bigint. */
const avscType = (text: string): avsc.Type =>
  avsc.Type.forSchema(JSON.parse(text) as avsc.Schema, {
    wrapUnions: true,
    registry: {
      long: avsc.types.LongType.__with({
        fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
        toBuffer: (value: bigint) => {
          const buffer = Buffer.alloc(8);
          buffer.writeBigInt64LE(value);
          return buffer;
        },
        fromJSON: (value: number) => BigInt(value),
        toJSON: Number,
        isValid: (value: unknown) => typeof value === 'bigint',
        compare: (a: bigint, b: bigint) => Number(a - b),
      }),
    },
  });

/** Takes every field of a struct; structs in it, which records have as rows, likewise. */
const collecting = (schema: StructSchema, values: unknown[]): StructTarget => ({
  fields: schema.fields.map((field, index) => {
    if (field.schema.type === 'struct' && field.schema.name === 'row') {
      const row: unknown[] = [];
      values[index] = row;
      return { ...collecting(field.schema, row), none: () => (values[index] = null) };
    }
    const take = (value: unknown): void => {
      values[index] = value;
    };
    return {
      none: () => {
        take(null);
      },
      number: take,
      text: (source, start, end) => {
        take(Buffer.from(source.subarray(start, end)).toString());
      },
      value: take,
    };
  }),
  none: () => undefined,
});

describe('The compiled Avro codec', () => {
  test('hands out fields one by one as it reads them into a struct, and refuses the same bytes', () => {
    const rows = fc.array(samples, { minLength: 1, maxLength: 6 }).chain((fields) => {
      const row = structOf(
        fields.map((field, index) => [`f${String(index)}`, field.schema]),
        { name: 'row', isOptional: true },
      );
      const image = fc.option(fc.tuple(...fields.map((field) => field.value)).map((values) => new Struct(row, values)));
      return fc.tuple(image, image).map(([before, after]) => ({ row, before, after }));
    });
    fc.assert(
      fc.property(rows, fc.nat(), ({ row, before, after }, cut) => {
        const schema = structOf([
          ['before', row],
          ['after', row],
          ['op', primitive('string')],
        ]);
        const text = avroSchemaText(schema);
        const encoded = encode(schema, new Struct(schema, [before, after, 'u']));
        const whole = decode(text, encoded);
        const own = whole.schema as StructSchema;
        const values: unknown[] = [];
        const [, afterTarget, opTarget] = collecting(own, values).fields;
        const read = compileFieldReader(parseAvroSchema(text), own, {
          fields: [null, afterTarget ?? null, opTarget ?? null],
          none: () => undefined,
        });
        const input = new AvroInput();
        input.open(encoded, 0);
        read?.(input);
        expect(input.remaining).toBe(0);
        const [, wholeAfter] = (whole.value as Struct).values;
        expect(plain(values[1])).toEqual(plain((wholeAfter as Struct | null)?.values ?? null));
        expect(values[2]).toBe('u');
        input.open(encoded.subarray(0, cut % encoded.length), 0);
        expect(() => {
          read?.(input);
        }).toThrow(/end too early/);
      }),
      { numRuns: 300 },
    );
  });

  test('passes over the fields of a struct that nobody chose, and reads the others as without a choice', () => {
    const structs = fc
      .array(samples, { minLength: 1, maxLength: 6 })
      .chain((fields) =>
        fc
          .tuple(...fields.map((field) => field.value))
          .map((values) => ({ schema: structOf(fields.map((field, index) => [`f${String(index)}`, field.schema])), values })),
      );
    fc.assert(
      fc.property(structs, fc.subarray(['f0', 'f1', 'f2', 'f3', 'f4', 'f5']), ({ schema, values }, names) => {
        const text = avroSchemaText(schema);
        const encoded = encode(schema, new Struct(schema, values));
        const whole = decode(text, encoded).value as Struct;
        const chosen = new Set(names);
        const part = decode(text, encoded, { choice: () => chosen }).value as Struct;
        const expected = whole.values.map((value, index) => (chosen.has(`f${String(index)}`) ? value : null));
        expect(plain(part.values)).toEqual(plain(expected));
      }),
      { numRuns: 300 },
    );
  });

  test('writes bytes that avsc reads and would write the same', () => {
    fc.assert(
      fc.property(cases, ({ schema, value }) => {
        const encoded = encode(schema, value);
        const type = avscType(avroSchemaText(schema));
        expect(type.toBuffer(type.fromBuffer(encoded)).equals(encoded)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('gives back every value, of a schema that renders the same', () => {
    fc.assert(
      fc.property(cases, ({ schema, value }) => {
        const text = avroSchemaText(schema);
        const decoded = decode(text, encode(schema, value));
        expect(plain(decoded.value)).toEqual(plain(value));
        expect(avroSchemaText(decoded.schema)).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  test('reads what avsc writes', () => {
    fc.assert(
      fc.property(cases, ({ schema }) => {
        const text = avroSchemaText(schema);
        // avsc's random integers know no 8 or 16 bits.
        fc.pre(!text.includes('connect.type'));
        const type = avscType(text.replaceAll('"long"', '"int"'));
        const encoded = type.toBuffer(type.random());
        const decoded = decode(text, encoded);
        expect(encode(schema, decoded.value).equals(encoded)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('names the path of a value that does not fit, and not the value', () => {
    const inner = structOf([['qty', primitive('int32')]], { name: 'a.Inner' });
    const schema = structOf([['after', structOf([['items', arrayOf(inner)]])]]);
    const after = (schema.fields[0] as { schema: typeof inner }).schema;
    const value = new Struct(schema, [new Struct(after, [[new Struct(inner, [1]), new Struct(inner, ['secret'])]])]);
    expect(() => encode(schema, value)).toThrow(
      'Field "after.items[1].qty" cannot be written as Avro: Value is string, its schema wants an integer of 32 bits.',
    );
  });

  test('leaves nothing of a failed record in the output', () => {
    const output = new AvroOutput();
    const write = compileAvroWriter(
      structOf([
        ['a', primitive('string')],
        ['b', primitive('int32')],
      ]),
    );
    const schema = structOf([
      ['a', primitive('string')],
      ['b', primitive('int32')],
    ]);
    output.begin();
    expect(() => {
      write(output, new Struct(schema, ['long text', 'no']));
    }).toThrow();
    output.begin();
    write(output, new Struct(schema, ['x', 1]));
    expect(Buffer.from(output.end())).toEqual(Buffer.from([2, 120, 2]));
  });

  test('writes a null into an optional column as null even where the column has a default', () => {
    expect(encode(primitive('string', { isOptional: true, defaultValue: 'd' }), null)).toEqual(Buffer.from([2]));
  });

  test('outgrows its slab without touching records given out before', () => {
    const output = new AvroOutput();
    const write = compileAvroWriter(primitive('string'));
    const written = Array.from({ length: 50 }, (_, index) => {
      output.begin();
      write(output, String(index).repeat(10_000));
      return output.end();
    });
    const input = new AvroInput();
    written.forEach((record, index) => {
      input.open(record, 0);
      expect(input.string()).toBe(String(index).repeat(10_000));
    });
  });

  test('refuses truncated bytes instead of inventing values', () => {
    fc.assert(
      fc.property(cases, fc.nat(), ({ schema, value }, cut) => {
        const encoded = encode(schema, value);
        fc.pre(encoded.length > 0);
        expect(() => decode(avroSchemaText(schema), encoded.subarray(0, cut % encoded.length))).toThrow();
      }),
    );
  });
});

describe('Foreign Avro schemas', () => {
  test('give enums as strings, fixed as bytes, and unions as structs of one set field', () => {
    const text = JSON.stringify({
      type: 'record',
      name: 'R',
      namespace: 'x.y',
      fields: [
        { name: 'e', type: { type: 'enum', name: 'E', symbols: ['A', 'B'] } },
        { name: 'f', type: { type: 'fixed', name: 'F', size: 3 } },
        { name: 'u', type: ['null', 'string', 'long'], default: null },
        { name: 'd', type: { type: 'int', logicalType: 'date' } },
        { name: 'e2', type: ['E', 'null'], default: 'A' },
      ],
    });
    const type = avsc.Type.forSchema(JSON.parse(text) as avsc.Schema, { wrapUnions: true });
    const encoded = type.toBuffer({ e: 'B', f: Buffer.from([1, 2, 3]), u: { long: 5 }, d: 3, e2: { 'x.y.E': 'A' } });
    const { schema, value } = decode(text, encoded);
    expect(plain(value)).toEqual(['B', '010203', [null, 5], 3, 'A']);
    const fields = (schema as { fields: readonly { schema: Schema }[] }).fields.map((field) => field.schema);
    expect(fields.map((field) => field.name)).toEqual([
      'x.y.E',
      undefined,
      'io.confluent.connect.avro.Union',
      'org.apache.kafka.connect.data.Date',
      'x.y.E',
    ]);
    expect(fields[4]).toMatchObject({ isOptional: true, defaultValue: 'A' });
  });

  test('that contain themselves are refused with a reason', () => {
    const text = '{"type":"record","name":"Node","fields":[{"name":"next","type":["null","Node"]}]}';
    expect(() => parseAvroSchema(text)).toThrow('the record "Node" contains itself');
  });
});

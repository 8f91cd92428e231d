import { arrayOf, decimalSchema, mapOf, primitive, Struct, structOf, type Converter, type Schema } from '@headrace/connector-api';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { MemoryRegistry } from '../../test/memory-registry.ts';
import { cases, plain } from '../../test/schema-samples.ts';
import { jsonSchemaSettings } from './json-schema-config.ts';
import { createJsonSchemaConverter, jsonSchemaConverter } from './json-schema-converter.ts';

const { signal } = new AbortController();

const make = (raw: Record<string, string> = {}): { readonly converter: Converter; readonly registry: MemoryRegistry } => {
  const registry = new MemoryRegistry();
  const settings = jsonSchemaSettings({ 'schema.registry.url': 'http://localhost:1', ...raw }, false);
  return { converter: createJsonSchemaConverter(settings, false, registry), registry };
};

const written = async (raw: Record<string, string>, schema: Schema, value: unknown) => {
  const { converter, registry } = make(raw);
  const bytes = (await converter.encoderFor('t', schema, signal))(value) ?? new Uint8Array();
  return { bytes, converter, schema: JSON.parse(registry.schemas[0]?.text ?? '') as unknown, payload: textOf(bytes) };
};

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8', 5);

/** What is read when another program registered `schema` and wrote `payload`. */
const read = async (schema: unknown, payload: string, raw: Record<string, string> = {}, imports: Record<string, unknown> = {}) => {
  const { converter, registry } = make(raw);
  const references = Object.entries(imports).map(([name, imported]) => {
    registry.put(name, { format: 'JSON', text: JSON.stringify(imported), references: [] });
    return { name, subject: name, version: 1 };
  });
  const id = registry.put('t-value', { format: 'JSON', text: JSON.stringify(schema), references });
  return converter.decode('t', Buffer.concat([Buffer.from([0, 0, 0, 0, id]), Buffer.from(payload)]));
};

const row = structOf(
  [
    ['id', primitive('int32')],
    ['note', primitive('string', { isOptional: true })],
  ],
  { name: 's.t.Value' },
);

describe('The JSON Schema converter', () => {
  test('registers what JsonSchemaData registers, and puts magic byte and id before the JSON', async () => {
    const { bytes, schema, payload } = await written({}, row, new Struct(row, [7, null]));
    expect([...bytes.subarray(0, 5)]).toEqual([0, 0, 0, 0, 1]);
    expect(payload).toBe('{"id":7,"note":null}');
    expect(schema).toEqual({
      type: 'object',
      title: 's.t.Value',
      properties: {
        id: { type: 'integer', 'connect.type': 'int32', 'connect.index': 0 },
        note: { oneOf: [{ type: 'null' }, { type: 'string' }], 'connect.index': 1 },
      },
    });
  });

  test('gives back every value, in a schema that renders the same', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ schema, value }) => {
        fc.pre(value !== null);
        const { bytes, converter } = await written({}, schema, value);
        const { schema: again, value: back } = await converter.decode('t', bytes);
        expect(plain(back)).toEqual(plain(value));
        expect((await written({}, again ?? row, back)).schema).toEqual((await written({}, schema, value)).schema);
      }),
      { numRuns: 300 },
    );
  });

  test('writes JSON that its own schema accepts, as another validator judges', async () => {
    const ajv = new Ajv({ strict: false });
    await fc.assert(
      fc.asyncProperty(cases, async ({ schema, value }) => {
        fc.pre(value !== null);
        const { schema: json, payload } = await written({ 'decimal.format': 'numeric' }, schema, value);
        fc.pre(!/"-?Infinity"/.test(payload));
        expect(ajv.validate(json as object, JSON.parse(payload))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('keeps maps whose keys are no strings, and choices of types', async () => {
    const union = structOf(
      [
        ['io.confluent.connect.json.OneOf.field.0', primitive('int64', { isOptional: true })],
        ['io.confluent.connect.json.OneOf.field.1', primitive('string', { isOptional: true })],
      ],
      { name: 'io.confluent.connect.json.OneOf' },
    );
    const schema = structOf([
      ['m', mapOf(primitive('int32'), primitive('string'))],
      ['u', arrayOf(union)],
    ]);
    const value = new Struct(schema, [new Map([[1, 'a']]), [new Struct(union, [5, null]), new Struct(union, [null, 'x'])]]);
    const { bytes, converter, payload } = await written({}, schema, value);
    expect(payload).toBe('{"m":[{"key":1,"value":"a"}],"u":[5,"x"]}');
    expect(plain((await converter.decode('t', bytes)).value)).toEqual(plain(value));
  });

  test('reads schemas that others wrote', async () => {
    const foreign = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      title: 'Order',
      type: 'object',
      properties: {
        id: { type: 'integer' },
        price: { type: ['number', 'null'] },
        state: { type: 'string', enum: ['new', 'paid'] },
        customer: { $ref: '#/definitions/customer' },
        item: { $ref: 'item.json' },
        tags: { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'boolean' }] } },
      },
      definitions: { customer: { type: 'object', properties: { name: { type: 'string' } } } },
    };
    const item = { type: 'object', properties: { sku: { $ref: '#/$defs/sku' } }, $defs: { sku: { type: 'string' } } };
    const payload = '{"id":12345678901234567,"price":null,"state":"paid","customer":{"name":"a"},"item":{"sku":"s"},"tags":["x",true]}';
    const { schema, value } = await read(foreign, payload, {}, { 'item.json': item });
    expect(schema).toMatchObject({ type: 'struct', name: 'Order' });
    expect(plain(value)).toEqual([
      12_345_678_901_234_567n,
      null,
      'paid',
      ['a'],
      ['s'],
      [
        ['x', null],
        [null, true],
      ],
    ]);
  });

  test('refuses a schema that contains itself, and one without types', async () => {
    const tree = { type: 'object', properties: { next: { $ref: '#' } } };
    await expect(read(tree, '{}')).rejects.toMatchObject({
      code: 'registry.unsupported_schema',
      message: expect.stringContaining('contains itself') as unknown,
    });
    await expect(read({}, '{}')).rejects.toMatchObject({ code: 'registry.unsupported_schema' });
  });

  test('tells bytes that are not JSON, or not what the schema says, from what is missing', async () => {
    const schema = { type: 'object', properties: { id: { type: 'integer' } } };
    await expect(read(schema, '{')).rejects.toMatchObject({ code: 'registry.malformed_record' });
    await expect(read(schema, '{"id":"x"}')).rejects.toMatchObject({ code: 'registry.malformed_record' });
    await expect(read(schema, '{}')).rejects.toThrow('a required int64 is null');
  });

  test('decimal.format=NUMERIC writes decimals as numbers; both are read', async () => {
    const schema = structOf([['d', decimalSchema(2)]]);
    const value = new Struct(schema, [Buffer.from([0x04, 0xd2])]);
    expect((await written({}, schema, value)).payload).toBe('{"d":"BNI="}');
    const { bytes, converter, payload } = await written({ 'decimal.format': 'NUMERIC' }, schema, value);
    expect(payload).toBe('{"d":12.34}');
    expect(plain((await converter.decode('t', bytes)).value)).toEqual(plain(value));
  });

  test('object.additional.properties=false closes the schemas of structs', async () => {
    const value = new Struct(row, [1, 'x']);
    expect((await written({}, row, value)).schema).not.toHaveProperty('additionalProperties');
    expect((await written({ 'object.additional.properties': 'false' }, row, value)).schema).toHaveProperty('additionalProperties', false);
  });

  test('use.optional.for.nonrequired=true reads what is not required as optional', async () => {
    const schema = { type: 'object', properties: { id: { type: 'integer' }, note: { type: 'string' } }, required: ['id'] };
    await expect(read(schema, '{"id":1}')).rejects.toThrow('a required string is null');
    expect(plain((await read(schema, '{"id":1}', { 'use.optional.for.nonrequired': 'true' })).value)).toEqual([1, null]);
  });

  test('ignore.default.for.nullables=false writes a null as the default of its field', async () => {
    const schema = structOf([['n', primitive('int32', { isOptional: true, defaultValue: 5 })]]);
    const value = new Struct(schema, [null]);
    expect((await written({}, schema, value)).payload).toBe('{"n":null}');
    expect((await written({ 'ignore.default.for.nullables': 'false' }, schema, value)).payload).toBe('{"n":5}');
  });

  test("use.latest.version=true writes under the subject's latest schema where nothing is registered", async () => {
    const { converter, registry } = make({ 'use.latest.version': 'true', 'auto.register.schemas': 'false' });
    registry.put('t-value', { format: 'JSON', text: '{"type":"string"}', references: [] });
    registry.put('t-value', { format: 'JSON', text: '{"type":"object"}', references: [] });
    const encode = await converter.encoderFor('t', row, signal);
    expect(registry.calls).toEqual(['latest t-value']);
    expect((encode(new Struct(row, [1, null])) ?? [])[4]).toBe(2);
  });

  test('refuses settings that it would have to ignore', () => {
    const raw = { 'schema.registry.url': 'http://localhost:1', 'generalized.sum.type.support': 'true', 'json.fail.invalid.schema': 'true' };
    expect(() => jsonSchemaConverter.create(raw, false)).toThrow(/json\.fail\.invalid\.schema[\s\S]*generalized\.sum\.type\.support/);
  });
});

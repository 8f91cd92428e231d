import { arrayOf, mapOf, primitive, Struct, structOf, type Converter, type Schema } from '@headrace/connector-api';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MemoryRegistry } from '../../test/memory-registry.ts';
import { leaves, plain } from '../../test/schema-samples.ts';
import { protobufSettings } from './protobuf-config.ts';
import { createProtobufConverter, protobufConverter } from './protobuf-converter.ts';

const { signal } = new AbortController();

const make = (raw: Record<string, string> = {}): { readonly converter: Converter; readonly registry: MemoryRegistry } => {
  const registry = new MemoryRegistry();
  const settings = protobufSettings({ 'schema.registry.url': 'http://localhost:1', ...raw }, false);
  return { converter: createProtobufConverter(settings, false, registry), registry };
};

const written = async (raw: Record<string, string>, schema: Schema, value: unknown) => {
  const { converter, registry } = make(raw);
  const bytes = (await converter.encoderFor('t', schema, signal))(value) ?? new Uint8Array();
  return { bytes, text: registry.schemas[0]?.text ?? '', back: await converter.decode('t', bytes) };
};

/** What is read when another program registered `text` and wrote `bytes` behind the message indexes. */
const read = async (text: string, bytes: readonly number[], raw: Record<string, string> = {}, imports: Record<string, string> = {}) => {
  const { converter, registry } = make(raw);
  const references = Object.entries(imports).map(([name, imported]) => {
    registry.put(name, { format: 'PROTOBUF', text: imported, references: [] });
    return { name, subject: name, version: 1 };
  });
  const id = registry.put('t-value', { format: 'PROTOBUF', text, references });
  return converter.decode('t', Uint8Array.from([0, 0, 0, 0, id, ...bytes]));
};

const optional = { isOptional: true } as const;
const row = structOf(
  [
    ['id', primitive('int32')],
    ['note', primitive('string', optional)],
  ],
  { name: 's.t.Value' },
);

const samples = fc
  .array(fc.tuple(fc.constantFrom(...leaves), fc.constantFrom('one', 'optional', 'list', 'map', 'struct')), { maxLength: 6 })
  .chain((fields) => {
    const made = fields.map(([{ schema, value }, kind]) => {
      if (kind === 'list') return { schema: arrayOf(schema), value: fc.array(value, { maxLength: 3 }) };
      if (kind === 'optional') return { schema: { ...schema, isOptional: true }, value: fc.option(value, { nil: null }) };
      const entries = fc.array(fc.tuple(fc.string({ maxLength: 4 }), value), { maxLength: 3 }).map((pairs) => new Map(pairs));
      if (kind === 'map') return { schema: mapOf(primitive('string'), schema), value: entries };
      if (kind === 'one') return { schema, value };
      const nested = structOf([['x', schema]], optional);
      return {
        schema: nested,
        value: fc.option(
          value.map((item) => new Struct(nested, [item])),
          { nil: null },
        ),
      };
    });
    const schema = structOf(made.map((field, index) => [`f${String(index)}`, field.schema]));
    return fc.tuple(...made.map(({ value }) => value)).map((values) => ({ schema, value: new Struct(schema, values) }));
  });

describe('The Protobuf converter', () => {
  test('puts magic byte, id and the index of the message before the bytes', async () => {
    const { bytes, text } = await written({}, row, new Struct(row, [7, 'é']));
    expect([...bytes]).toEqual([0, 0, 0, 0, 1, 0, 0x08, 7, 0x12, 2, 0xc3, 0xa9]);
    expect(text).toBe('syntax = "proto3";\npackage s.t;\n\nmessage Value {\n  int32 id = 1;\n  string note = 2;\n}\n');
  });

  test.each(['optional', 'wrapper'])('gives back every value, nulls included, with %s.for.nullables', async (kind) => {
    await fc.assert(
      fc.asyncProperty(samples, async ({ schema, value }) => {
        const { back } = await written({ [`${kind}.for.nullables`]: 'true' }, schema, value);
        expect(plain(back.value)).toEqual(plain(value));
      }),
      { numRuns: 200 },
    );
  });

  test('reads a null as zero unless it is told how to write one, as the original does', async () => {
    const value = new Struct(row, [0, null]);
    expect(plain((await written({}, row, value)).back.value)).toEqual([0, '']);
    const marked = await written({ 'optional.for.nullables': 'true' }, row, value);
    expect(marked.text).toContain('optional string note = 2;');
    expect(plain(marked.back.value)).toEqual([0, null]);
    const wrapped = await written({ 'wrapper.for.nullables': 'true' }, row, value);
    expect(wrapped.text).toContain('google.protobuf.StringValue note = 2;');
    expect(plain(wrapped.back.value)).toEqual([0, null]);
  });

  test('defines a struct where it is met first and refers to it afterwards', async () => {
    const before = { ...row, isOptional: true };
    const schema = structOf(
      [
        ['before', before],
        ['after', before],
        ['deep', structOf([['again', before]], { name: 's.Deep', isOptional: true })],
      ],
      { name: 's.t.Envelope' },
    );
    const { text, back } = await written({}, schema, new Struct(schema, [null, new Struct(before, [1, 'x']), null]));
    expect(text.match(/message Value/g)).toHaveLength(1);
    expect(plain(back.value)).toEqual([null, [1, 'x'], null]);
  });

  test('finds the message that a record names, in files that import others', async () => {
    const text = `syntax = "proto3"; package a; import "b.proto";
      message First { int32 x = 1; }
      message Second { message Inner { b.Thing thing = 1; } message Other { string s = 1; } }`;
    const imports = { 'b.proto': 'syntax = "proto3"; package b; message Thing { sint64 n = 1; }' };
    expect(plain((await read(text, [0, 0x08, 5], {}, imports)).value)).toEqual([5]);
    // Two indexes: the second message of the file, in it the first, or the second.
    expect(plain((await read(text, [4, 2, 0, 0x0a, 2, 0x08, 5], {}, imports)).value)).toEqual([[-3]]);
    expect(plain((await read(text, [4, 2, 2, 0x0a, 1, 0x61], {}, imports)).value)).toEqual(['a']);
    await expect(read(text, [2, 8], {}, imports)).rejects.toThrow('holds message [4] of its Protobuf schema');
    await expect(read(text, [0])).rejects.toThrow('imports "b.proto"');
  });

  test('refuses what has no form in Connect or in Protobuf', async () => {
    await expect(read('syntax = "proto3"; message A { A a = 1; }', [0])).rejects.toThrow('contains itself');
    const scalar = make().converter.encoderFor('t', primitive('int32'), signal);
    await expect(scalar).rejects.toMatchObject({ code: 'registry.unsupported_schema' });
    const lists = structOf([['l', arrayOf(arrayOf(primitive('int32')))]]);
    await expect(make().converter.encoderFor('t', lists, signal)).rejects.toThrow('an array of arrays');
  });

  test('names the field that does not fit, and broken bytes', async () => {
    const encode = await make().converter.encoderFor('t', row, signal);
    expect(() => encode(new Struct(row, ['x', null]))).toThrow('Field "id": A value of type string is not a int32.');
    expect(() => encode(new Struct(row, [null, null]))).toThrow('Field "id" is required and null.');
    await expect(read('syntax = "proto3"; message A { string a = 1; }', [0, 0x0a, 9, 1])).rejects.toMatchObject({
      code: 'registry.malformed_record',
    });
  });

  test('enhanced.protobuf.schema.support=true keeps the package in names', async () => {
    const text = 'syntax = "proto3"; package a.b; message M { E e = 1; } enum E { Z = 0; }';
    expect((await read(text, [0])).schema?.name).toBe('M');
    const { schema } = await read(text, [0], { 'enhanced.protobuf.schema.support': 'true' });
    expect(schema).toMatchObject({ name: 'a.b.M', fields: [{ schema: { name: 'a.b.E' } }] });
  });

  test('scrub.invalid.names=true writes names that Protobuf does not allow', async () => {
    const schema = structOf([['a-b', primitive('int32')]], { name: '1.über' });
    await expect(written({}, schema, new Struct(schema, [1]))).rejects.toThrow('scrub.invalid.names=true');
    const { text, back } = await written({ 'scrub.invalid.names': 'true' }, schema, new Struct(schema, [1]));
    expect(text).toContain('int32 a_b = 1;');
    expect(plain(back.value)).toEqual([1]);
  });

  test('optional.for.proto2=false reads what is absent as the default that proto2 declares', async () => {
    const text = 'syntax = "proto2"; message M { optional int32 a = 1 [default = 5]; optional string b = 2; }';
    expect(plain((await read(text, [0])).value)).toEqual([null, null]);
    expect(plain((await read(text, [0], { 'optional.for.proto2': 'false' })).value)).toEqual([5, '']);
  });

  test('generate.index.for.unions=false names a oneof without its number', async () => {
    const text = 'syntax = "proto3"; message M { oneof u { int32 a = 1; string b = 2; } }';
    const { schema, value } = await read(text, [0, 0x12, 1, 0x61]);
    expect(schema).toMatchObject({ fields: [{ name: 'u_0' }] });
    expect(plain(value)).toEqual([[null, 'a']]);
    expect((await read(text, [0], { 'generate.index.for.unions': 'false' })).schema).toMatchObject({ fields: [{ name: 'u' }] });
  });

  test('refuses settings that it would have to ignore', () => {
    const raw = {
      'schema.registry.url': 'http://localhost:1',
      'int.for.enums': 'true',
      'flatten.unions': 'true',
      'use.latest.version': 'true',
    };
    expect(() => protobufConverter.create(raw, false)).toThrow(/use\.latest\.version[\s\S]*int\.for\.enums[\s\S]*flatten\.unions/);
  });
});

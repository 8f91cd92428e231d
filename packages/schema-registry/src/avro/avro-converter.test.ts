import { primitive, Struct, structOf } from '@headrace/connector-api';
import { describe, expect, test } from '@jest/globals';
import avsc from 'avsc';
import { avroConverterSettings } from './avro-converter-config.ts';
import { avroConverter, AvroConverter } from './avro-converter.ts';
import { AvroOutput } from './avro-output.ts';
import { MemoryRegistry } from '../../test/memory-registry.ts';

const { signal } = new AbortController();

const make = (isKey: boolean, raw: Record<string, string> = {}): { converter: AvroConverter; registry: MemoryRegistry } => {
  const registry = new MemoryRegistry();
  const settings = avroConverterSettings({ 'schema.registry.url': 'http://localhost:1', ...raw }, isKey);
  return { converter: new AvroConverter(settings, isKey, registry), registry };
};

const row = structOf([['id', primitive('int64')]], { name: 's.t.Value' });

describe('The Avro converter', () => {
  test('registers a schema once per subject, and a changed table as another version', async () => {
    const { converter, registry } = make(false);
    const encode = await converter.encoderFor('s.t', row, signal);
    expect(await converter.encoderFor('s.t', row, signal)).toBe(encode);
    expect(Buffer.from(encode(new Struct(row, [1])) ?? [])).toEqual(Buffer.from([0, 0, 0, 0, 1, 2]));
    const wider = structOf(
      [
        ['id', primitive('int64')],
        ['note', primitive('string', { isOptional: true })],
      ],
      { name: 's.t.Value' },
    );
    const next = await converter.encoderFor('s.t', wider, signal);
    expect((next(new Struct(wider, [1, null])) ?? [])[4]).toBe(2);
    expect(registry.calls).toEqual(['register s.t-value', 'register s.t-value']);
  });

  test('decodes with one Schema object per writer schema, fetched once', async () => {
    const { converter, registry } = make(false);
    const encode = await converter.encoderFor('s.t', row, signal);
    const first = await converter.decode('s.t', encode(new Struct(row, [5])));
    const second = converter.decode('s.t', encode(new Struct(row, [6])));
    expect(second).not.toBeInstanceOf(Promise);
    expect((await second).schema).toBe(first.schema);
    expect((first.value as Struct).get('id')).toBe(5);
    expect(registry.calls.filter((call) => call.startsWith('fetch'))).toEqual(['fetch 1']);
  });

  test('knows the schema of bytes once one of its values was decoded, and reads those field by field', async () => {
    const { converter } = make(false);
    const encode = await converter.encoderFor('s.t', row, signal);
    const bytes = encode(new Struct(row, [5])) ?? new Uint8Array();
    expect(converter.fields.schemaOf(bytes, 0, bytes.length)).toBeUndefined();
    const { schema } = await converter.decode('s.t', bytes);
    // Somewhere among others.
    const among = Buffer.concat([Uint8Array.of(1, 0), bytes, bytes]);
    const place = [2, 2 + bytes.length] as const;
    expect(converter.fields.schemaOf(among, ...place)).toBe(schema);
    expect(converter.fields.schemaOf(among, 0, 1)).toBeUndefined();
    expect(converter.fields.schemaOf(among, 2, 6)).toBeUndefined();
    const ids: number[] = [];
    const none = (): void => undefined;
    const id = { none, text: none, value: none, number: (value: number) => ids.push(value) };
    const read = converter.fields.compile(schema as typeof row, { fields: [id], none });
    read?.(among, ...place);
    expect(ids).toEqual([5]);
    expect(() => {
      read?.(among, 2, among.length);
    }).toThrow('bytes are left over');
    expect(() => {
      read?.(among, 2, 1 + bytes.length);
    }).toThrow('they end too early');
  });

  test('does not read a union field by field: its struct stands for the branches', async () => {
    const { converter, registry } = make(false);
    const record = (name: string): object => ({ type: 'record', name, fields: [{ name: 'id', type: 'long' }] });
    registry.put('s.t', { format: 'AVRO', text: JSON.stringify([record('A'), record('B')]), references: [] });
    const { schema } = await converter.decode('s.t', Uint8Array.of(0, 0, 0, 0, 1, 2, 10));
    const none = (): void => undefined;
    expect(converter.fields.compile(schema as typeof row, { fields: [], none })).toBeUndefined();
  });

  test('gives no bytes for a tombstone and none for a missing key', async () => {
    expect((await make(false).converter.encoderFor('t', row, signal))(null)).toBeNull();
    expect((await make(true).converter.encoderFor('t', null, signal))(null)).toBeNull();
    expect(await make(false).converter.decode('t', null)).toEqual({ schema: null, value: null });
  });

  test('writes behind other values what its encoder gives, and nothing for what is no bytes at all', async () => {
    const optional = structOf([['id', primitive('int64')]], { isOptional: true });
    const nothing = { schema: null, value: null };
    const sides = [
      { isKey: false, cases: [{ schema: row, value: new Struct(row, [5]) }, { schema: row, value: null }, nothing] },
      { isKey: true, cases: [{ schema: row, value: new Struct(row, [6]) }, { schema: optional, value: null }, nothing] },
    ];
    for (const { isKey, cases } of sides) {
      const { converter } = make(isKey);
      for (const { schema, value } of cases) {
        const output = new AvroOutput();
        output.begin();
        const isSome = (await converter.binary.appenderFor('t', schema, signal))(output, value);
        const encoded = (await converter.encoderFor('t', schema, signal))(value);
        expect(isSome ? Buffer.from(output.end()) : null).toEqual(encoded === null ? null : Buffer.from(encoded));
      }
    }
    const append = await make(true).converter.binary.appenderFor('t', null, signal);
    expect(() => append(new AvroOutput(), 'text')).toThrow('without a schema');
  });

  test('names the subject by the strategy', async () => {
    const { converter, registry } = make(false, {
      'value.subject.name.strategy': 'io.confluent.kafka.serializers.subject.TopicRecordNameStrategy',
    });
    await converter.encoderFor('s.t', row, signal);
    expect(registry.calls).toEqual(['register s.t-s.t.Value']);
  });

  test('scrub.invalid.names=true writes names that Avro does not allow, and reads what it wrote', async () => {
    const odd = structOf(
      [
        ['größe (cm)', primitive('int32')],
        ['1st', primitive('int32')],
        ['_ok', primitive('int32')],
      ],
      { name: 's-1.my table.Value' },
    );
    const { converter, registry } = make(false, { 'scrub.invalid.names': 'true' });
    const encode = await converter.encoderFor('t', odd, signal);
    const text = registry.schemas[0]?.text ?? '';
    expect(JSON.parse(text)).toMatchObject({
      name: 'Value',
      namespace: 's_1.my_table',
      fields: [{ name: 'gr_C3_B6_C3_9Fe__28cm_29' }, { name: 'x1st' }, { name: '_ok' }],
      'connect.name': 's-1.my table.Value',
    });
    expect(avsc.parse(text).toString()).not.toBe('');
    const { value } = await converter.decode('t', encode(new Struct(odd, [1, 2, 3])));
    expect((value as Struct).toObject()).toEqual({ gr_C3_B6_C3_9Fe__28cm_29: 1, x1st: 2, _ok: 3 });
  });

  test("use.latest.version=true writes under the subject's latest schema, if that has the same layout", async () => {
    const raw = { 'use.latest.version': 'true', 'auto.register.schemas': 'false' };
    const latest = (fields: string): string => `{"type":"record","name":"Mine","doc":"by hand","fields":[${fields}]}`;
    const { converter, registry } = make(false, raw);
    registry.put('s.t-value', { format: 'AVRO', text: latest('{"name":"no","type":"string"}'), references: [] });
    await expect(converter.encoderFor('s.t', row, signal)).rejects.toMatchObject({ code: 'registry.latest_differs' });
    registry.put('s.t-value', { format: 'AVRO', text: latest('{"name":"id","type":"long","default":0}'), references: [] });
    const encode = await converter.encoderFor('s.t', row, signal);
    expect(Buffer.from(encode(new Struct(row, [1])) ?? [])).toEqual(Buffer.from([0, 0, 0, 0, 2, 2]));
    expect(registry.calls.some((call) => call.startsWith('register'))).toBe(false);
  });

  test('refuses bytes of another format', () => {
    expect(() => make(false).converter.decode('t', Buffer.from('{}'))).toThrow('does not begin with 0 and a schema id');
  });

  test('refuses settings it would have to ignore, all at once', () => {
    const raw = { 'use.schema.id': '7', 'allow.optional.map.keys': 'true', 'key.subject.name.strategy': 'x.Mine' };
    expect(() => avroConverter.create({ 'schema.registry.url': 'http://localhost:1', ...raw }, false)).toThrow(
      /key\.subject\.name\.strategy[\s\S]*use\.schema\.id[\s\S]*allow\.optional\.map\.keys/,
    );
    expect(() => avroConverter.create({}, false)).toThrow('Missing required configuration "schema.registry.url"');
  });

  test("finds the Confluent API behind Apicurio's own URL, and takes credentials out of URLs", () => {
    expect(avroConverterSettings({ 'apicurio.registry.url': 'http://localhost:8080/apis/registry/v2' }, true).urls).toEqual([
      'http://localhost:8080/apis/ccompat/v7',
    ]);
    const settings = avroConverterSettings({ 'schema.registry.url': 'http://u:p%40@localhost:8080/r' }, true);
    expect(settings.urls).toEqual(['http://localhost:8080/r']);
    expect(settings.authorization?.reveal()).toBe(`Basic ${Buffer.from('u:p@').toString('base64')}`);
  });
});

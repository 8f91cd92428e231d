import { primitive, Struct, structOf } from '@headrace/connector-api';
import { describe, expect, test } from '@jest/globals';
import { avroConverterSettings } from './avro-converter-config.ts';
import { avroConverter, AvroConverter } from './avro-converter.ts';
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

  test('gives no bytes for a tombstone and none for a missing key', async () => {
    expect((await make(false).converter.encoderFor('t', row, signal))(null)).toBeNull();
    expect((await make(true).converter.encoderFor('t', null, signal))(null)).toBeNull();
    expect(await make(false).converter.decode('t', null)).toEqual({ schema: null, value: null });
  });

  test('names the subject by the strategy', async () => {
    const { converter, registry } = make(false, {
      'value.subject.name.strategy': 'io.confluent.kafka.serializers.subject.TopicRecordNameStrategy',
    });
    await converter.encoderFor('s.t', row, signal);
    expect(registry.calls).toEqual(['register s.t-s.t.Value']);
  });

  test('refuses bytes of another format', () => {
    expect(() => make(false).converter.decode('t', Buffer.from('{}'))).toThrow('does not begin with 0 and a schema id');
  });

  test('refuses settings it would have to ignore, all at once', () => {
    const raw = { 'use.latest.version': 'true', 'scrub.invalid.names': 'true', 'key.subject.name.strategy': 'x.Mine' };
    expect(() => avroConverter.create({ 'schema.registry.url': 'http://localhost:1', ...raw }, false)).toThrow(
      /key\.subject\.name\.strategy[\s\S]*use\.latest\.version[\s\S]*scrub\.invalid\.names/,
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

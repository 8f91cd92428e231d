import { randomUUID } from 'node:crypto';

import { decimalSchema, logicalNames, primitive, Struct, structOf, type Schema } from '@headrace/connector-api';
import { afterAll, describe, expect, test } from '@jest/globals';
import { avroConverter, jsonSchemaConverter, protobufConverter } from '../src/index.ts';

const { signal } = new AbortController();
const base = process.env['SCHEMA_REGISTRY_URL'] ?? '';
if (base === '') throw new Error('SCHEMA_REGISTRY_URL is not set: run `./scripts/stack up` and `eval "$(./scripts/stack env)"` first.');
const topic = `avro-${randomUUID()}`;

const put = async (path: string, body: unknown): Promise<void> => {
  const headers = { 'Content-Type': 'application/vnd.schemaregistry.v1+json' };
  await fetch(base + path, { method: 'PUT', headers, body: JSON.stringify(body) });
};

const rowOf = (...fields: readonly (readonly [string, Schema])[]): ReturnType<typeof structOf> =>
  structOf(fields, { name: `${topic.replaceAll('-', '_')}.Value` });

describe('The Avro converter on a real registry', () => {
  afterAll(async () => {
    await fetch(`${base}/subjects/${topic}-value`, { method: 'DELETE' });
  });

  test('registers versions as the table changes, reads them back, and passes on why an incompatible one is refused', async () => {
    const writing = avroConverter.create({ 'schema.registry.url': base }, false);
    const reading = avroConverter.create({ 'schema.registry.url': base }, false);
    const first = rowOf(['id', primitive('int32')]);
    const wider = rowOf(['id', primitive('int32')], ['note', primitive('string', { isOptional: true })]);
    const changed = rowOf(['id', primitive('string')]);

    const encodeFirst = await writing.encoderFor(topic, first, signal);
    await put(`/config/${topic}-value`, { compatibility: 'BACKWARD' });
    const encodeWider = await writing.encoderFor(topic, wider, signal);
    const versions = (await (await fetch(`${base}/subjects/${topic}-value/versions`)).json()) as number[];
    expect(versions).toHaveLength(2);

    const old = await reading.decode(topic, encodeFirst(new Struct(first, [7])));
    const young = await reading.decode(topic, encodeWider(new Struct(wider, [8, 'ä'])));
    expect((old.value as Struct).toObject()).toEqual({ id: 7 });
    expect((young.value as Struct).toObject()).toEqual({ id: 8, note: 'ä' });

    await expect(writing.encoderFor(topic, changed, signal)).rejects.toMatchObject({
      code: 'registry.incompatible_schema',
      message: expect.stringContaining('reader type: STRING not compatible with writer type: INT') as unknown,
    });
  });

  test('registers a schema with the default `{}`, which Apicurio misreads as an object', async () => {
    const row = rowOf(['doc', primitive('string', { name: 'io.debezium.data.Json', version: 1, defaultValue: '{}' })]);
    const encode = await avroConverter.create({ 'schema.registry.url': base }, false).encoderFor(
      `${topic}-json`,
      structOf(
        row.fields.map((field) => [field.name, field.schema] as const),
        { name: 'json.Value' },
      ),
      signal,
    );
    expect(encode).toBeInstanceOf(Function);
  });

  test("apicurio.registry.auto-register=false is Apicurio's name of auto.register.schemas=false", async () => {
    const unknown = structOf([['id', primitive('int32')]], { name: 'unknown.Value' });
    const settings = { 'schema.registry.url': base, 'apicurio.registry.auto-register': 'false' };
    await expect(avroConverter.create(settings, false).encoderFor(`${topic}-unknown`, unknown, signal)).rejects.toMatchObject({
      code: 'registry.schema_missing',
    });
  });

  test('normalize.schemas=true finds a schema of another form', async () => {
    const subject = `${topic}-form`;
    const row = structOf([['id', primitive('int64')]], { name: 'form.Value' });
    const byHand = {
      schema: '{"namespace": "form", "name": "Value", "type": "record", "fields": [{"type": {"type": "long"}, "name": "id"}]}',
    };
    const headers = { 'Content-Type': 'application/vnd.schemaregistry.v1+json' };
    await fetch(`${base}/subjects/${subject}-value/versions`, { method: 'POST', headers, body: JSON.stringify(byHand) });
    const settings = { 'schema.registry.url': base, 'auto.register.schemas': 'false', 'connect.meta.data': 'false' };
    const encode = await avroConverter.create({ ...settings, 'normalize.schemas': 'true' }, false).encoderFor(subject, row, signal);
    expect(encode(new Struct(row, [1]))).toHaveLength(6);
    await fetch(`${base}/subjects/${subject}-value`, { method: 'DELETE' });
  });

  test('gives the same id for a schema that is registered already', async () => {
    const row = rowOf(['id', primitive('int32')]);
    const one = await avroConverter.create({ 'schema.registry.url': base }, false).encoderFor(topic, row, signal);
    const other = await avroConverter
      .create({ 'schema.registry.url': base, 'auto.register.schemas': 'false' }, false)
      .encoderFor(topic, row, signal);
    expect(other(new Struct(row, [1]))).toEqual(one(new Struct(row, [1])));
  });
});

describe('The JSON Schema converter on a real registry', () => {
  test('registers schemas of type JSON and reads them back; the Avro converter says whose they are', async () => {
    const jsonTopic = `json-${randomUUID()}`;
    const row = rowOf(['id', primitive('int32')], ['note', primitive('string', { isOptional: true })]);
    const encode = await jsonSchemaConverter.create({ 'schema.registry.url': base }, false).encoderFor(jsonTopic, row, signal);
    const bytes = encode(new Struct(row, [8, null]));
    const { schema, value } = await jsonSchemaConverter.create({ 'schema.registry.url': base }, false).decode(jsonTopic, bytes);
    expect(schema).toEqual(row);
    expect((value as Struct).toObject()).toEqual({ id: 8, note: null });
    await expect(avroConverter.create({ 'schema.registry.url': base }, false).decode(jsonTopic, bytes)).rejects.toThrow(
      'is of type JSON, not AVRO',
    );
    await fetch(`${base}/subjects/${jsonTopic}-value`, { method: 'DELETE' });
  });
});

describe('The Protobuf converter on a real registry', () => {
  test('registers files, well-known imports included, and reads them back', async () => {
    const protobufTopic = `protobuf-${randomUUID()}`;
    const row = rowOf(
      ['id', primitive('int16')],
      ['price', decimalSchema(2)],
      ['day', primitive('int32', { name: logicalNames.date, version: 1 })],
      ['at', primitive('int64', { name: logicalNames.timestamp, version: 1 })],
    );
    const settings = { 'schema.registry.url': base };
    const encode = await protobufConverter.create(settings, false).encoderFor(protobufTopic, row, signal);
    const bytes = encode(new Struct(row, [8, Buffer.from([0x04, 0xd2]), 20_000, 1_700_000_000_123]));
    const { schema, value } = await protobufConverter.create(settings, false).decode(protobufTopic, bytes);
    expect((value as Struct).toObject()).toEqual({ id: 8, price: new Uint8Array([0x04, 0xd2]), day: 20_000, at: 1_700_000_000_123 });
    expect(schema).toMatchObject({
      fields: [{ schema: { type: 'int16' } }, { schema: { name: logicalNames.decimal, parameters: { scale: '2' } } }, {}, {}],
    });
    await fetch(`${base}/subjects/${protobufTopic}-value`, { method: 'DELETE' });
  });
});

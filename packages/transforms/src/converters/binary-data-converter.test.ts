import { primitive, Struct, structOf, type Schema } from '@headrace/connector-api';
import { describe, expect, test } from '@jest/globals';
import { binaryDataConverter } from './binary-data-converter.ts';

const { signal } = new AbortController();
const row = structOf([['ts_ms', primitive('int64')]]);

const written = async (raw: Record<string, string>, schema: Schema | null, value: unknown): Promise<string | undefined> => {
  const encode = await binaryDataConverter.create(raw, false).encoderFor('t', schema, signal);
  const bytes = encode(value);
  return bytes === null ? undefined : Buffer.from(bytes).toString();
};

describe("Debezium's converter of binary data", () => {
  test('writes bytes as they are, reads bytes, and has none for a tombstone', async () => {
    expect(await written({}, primitive('bytes'), Buffer.from('{"a":1}'))).toBe('{"a":1}');
    expect(await written({}, null, null)).toBeUndefined();
    const converter = binaryDataConverter.create({}, false);
    expect(await converter.decode('t', Buffer.from('x'))).toEqual({
      schema: primitive('bytes', { isOptional: true }),
      value: Buffer.from('x'),
    });
    expect((await converter.decode('t', null)).value).toBeNull();
  });

  test('delegate.converter.type writes what is no bytes, with the settings behind it', async () => {
    const heartbeat = new Struct(row, [5]);
    await expect(written({}, row, heartbeat)).rejects.toThrow('Give it a delegate.converter.type');
    const json = { 'delegate.converter.type': 'org.apache.kafka.connect.json.JsonConverter' };
    expect(JSON.parse((await written(json, row, heartbeat)) ?? '')).toMatchObject({ payload: { ts_ms: 5 } });
    expect(await written({ ...json, 'delegate.converter.type.schemas.enable': 'false' }, row, heartbeat)).toBe('{"ts_ms":5}');
    expect(await written({ 'delegate.converter.type': 'StringConverter' }, row, heartbeat)).toBe('Struct{ts_ms=5}');
    expect(await written(json, primitive('bytes'), Buffer.from('raw'))).toBe('raw');
  });

  test('refuses a delegate that needs a registry, or that is none', () => {
    for (const className of ['io.confluent.connect.avro.AvroConverter', 'x.Y']) {
      expect(() => binaryDataConverter.create({ 'delegate.converter.type': className }, false)).toThrow('needs no schema registry');
    }
  });
});

import {
  arrayOf,
  logicalNames,
  primitive,
  Struct,
  structOf,
  type SinkRecord,
  type SourceRecord,
  type StructSchema,
} from '@headrace/connector-api';
import { describe, expect, test } from '@jest/globals';
import { transforms } from './transforms.ts';

const optional = { isOptional: true } as const;
const inner = structOf([['city', primitive('string')]], { name: 'Address', ...optional });
const row = structOf(
  [
    ['id', primitive('int64')],
    ['name', primitive('string', optional)],
    ['at', primitive('int64', { ...optional, name: logicalNames.timestamp, version: 1 })],
    ['address', inner],
  ],
  { name: 's.t.Value', version: 3 },
);

const record = (value: unknown, schema: StructSchema | null = row): SourceRecord => ({
  topic: 't',
  partition: 2,
  keySchema: null,
  key: null,
  valueSchema: schema,
  value,
  headers: [{ key: 'h', schema: null, value: 1 }],
  timestamp: 7,
});

const full = record(new Struct(row, [1, 'Ada', 5, new Struct(inner, ['Rome'])]));
const plain = record(
  new Map<string, unknown>([
    ['id', 1],
    ['name', 'Ada'],
    ['address', new Map([['city', 'Rome']])],
  ]),
  null,
);

const run = (name: string, raw: Record<string, string>, of: SourceRecord = full): SourceRecord | null => {
  const plugin = transforms.find(({ classNames }) =>
    classNames.some((className) => className === `org.apache.kafka.connect.transforms.${name}`),
  );
  if (plugin === undefined) throw new Error(`no transform ${name}`);
  return plugin.create(raw)(of);
};

const valueOf = (result: SourceRecord | null): unknown => {
  const value = result?.value;
  return value instanceof Struct ? value.toObject() : value instanceof Map ? Object.fromEntries(value) : value;
};

const schemaOf = (result: SourceRecord | null): StructSchema => result?.valueSchema as StructSchema;

describe('Transforms of Kafka Connect', () => {
  test('are all there, each under both of its names where it has two', () => {
    const names = transforms.flatMap(({ classNames }) => classNames);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => name.endsWith('$Key'))).toHaveLength(names.filter((name) => name.endsWith('$Value')).length);
  });

  test('make one schema object for all records of a schema, with the name and version of the former', () => {
    const plugin = transforms.find(({ classNames }) => classNames[0]?.endsWith('ReplaceField$Value'));
    const transform = plugin?.create({ exclude: 'at' });
    const first = transform?.(full);
    expect(transform?.(record(new Struct(row, [2, null, null, null])))?.valueSchema).toBe(first?.valueSchema);
    expect(first?.valueSchema).toMatchObject({ name: 's.t.Value', version: 3 });
  });

  test.each(['ReplaceField$Value', 'InsertField$Value', 'MaskField$Value', 'Flatten$Value'])('%s lets a tombstone pass', (name) => {
    const tombstone = record(null, null);
    expect(run(name, { fields: 'x', 'static.field': 'x', 'static.value': 'y' }, tombstone)).toBe(tombstone);
  });

  test('ReplaceField leaves out, keeps and renames', () => {
    expect(valueOf(run('ReplaceField$Value', { exclude: 'at,address', renames: 'id:key' }))).toEqual({ key: 1, name: 'Ada' });
    expect(valueOf(run('ReplaceField$Value', { include: 'id' }))).toEqual({ id: 1 });
    expect(valueOf(run('ReplaceField$Value', { include: 'id', renames: 'id:key' }, plain))).toEqual({ key: 1 });
  });

  test('InsertField adds topic, partition, offset, timestamp and a constant', () => {
    const raw = {
      'topic.field': 'topic!',
      'partition.field': 'p',
      'offset.field': 'o?',
      'timestamp.field': 'ts',
      'static.field': 's',
      'static.value': 'x',
    };
    const sink: SinkRecord = { ...full, partition: 2, offset: 9n, original: { topic: 't', partition: 2, offset: 9n } };
    const result = run('InsertField$Value', raw, sink);
    expect(valueOf(result)).toMatchObject({ topic: 't', p: 2, o: 9, ts: 7, s: 'x' });
    expect(
      schemaOf(result)
        .fields.slice(4)
        .map(({ name, schema }) => [name, schema.type, schema.isOptional]),
    ).toEqual([
      ['topic', 'string', false],
      ['p', 'int32', true],
      ['o', 'int64', true],
      ['ts', 'int64', true],
      ['s', 'string', true],
    ]);
    expect(valueOf(run('InsertField$Value', { 'topic.field': 'topic' }, plain))).toMatchObject({ id: 1, topic: 't' });
  });

  test('MaskField puts zeroes or the replacement, and leaves nulls', () => {
    expect(valueOf(run('MaskField$Value', { fields: 'id,name' }))).toMatchObject({ id: 0, name: '', at: 5 });
    expect(valueOf(run('MaskField$Value', { fields: 'name', replacement: '***' }))).toMatchObject({ name: '***' });
    expect(valueOf(run('MaskField$Value', { fields: 'name' }, record(new Struct(row, [1, null, null, null]))))).toMatchObject({
      name: null,
    });
  });

  test('Cast changes types as Java does', () => {
    const schema = structOf([
      ['f', primitive('float64')],
      ['s', primitive('string')],
      ['n', primitive('int64')],
      ['b', primitive('boolean')],
    ]);
    const of = record(new Struct(schema, [3.9, '-12', 300, true]), schema);
    expect(valueOf(run('Cast$Value', { spec: 'f:int32,s:int64,n:int8,b:string' }, of))).toEqual({ f: 3, s: -12, n: 44, b: 'true' });
    expect(valueOf(run('Cast$Value', { spec: 'n:float64,f:string,s:boolean,b:int8' }, of))).toEqual({ f: '3.9', s: false, n: 300, b: 1 });
    expect(() => run('Cast$Value', { spec: 's:int8' }, record(new Struct(schema, [1, '300', 1, true]), schema))).toThrow('out of range');
    expect(() => run('Cast$Value', { spec: 's:money' })).toThrow('must be pairs field:type or one type');
    const whole = run('Cast$Key', { spec: 'string' }, { ...full, keySchema: primitive('int32'), key: 5 });
    expect([whole?.key, whole?.keySchema?.type]).toEqual(['5', 'string']);
  });

  test('ExtractField, HoistField and ValueToKey take fields out, in and over', () => {
    expect(run('ExtractField$Value', { field: 'name' })).toMatchObject({ value: 'Ada', valueSchema: { type: 'string' } });
    expect(run('ExtractField$Value', { field: 'address.city', 'field.syntax.version': 'V2' })?.value).toBe('Rome');
    expect(run('ExtractField$Value', { field: 'nothing' }, plain)?.value).toBeNull();
    expect(() => run('ExtractField$Value', { field: 'nothing' })).toThrow('refers to the field "nothing"');
    const keyed = run('ValueToKey', { fields: 'id,name' });
    expect((keyed?.key as Struct).toObject()).toEqual({ id: 1, name: 'Ada' });
    expect((run('HoistField$Key', { field: 'k' }, { ...full, keySchema: primitive('int32'), key: 5 })?.key as Struct).toObject()).toEqual({
      k: 5,
    });
  });

  test('Flatten names fields by their path; what is in an optional struct becomes optional', () => {
    const result = run('Flatten$Value', { delimiter: '_' });
    expect(valueOf(result)).toEqual({ id: 1, name: 'Ada', at: 5, address_city: 'Rome' });
    expect(schemaOf(result).fields.at(-1)?.schema.isOptional).toBe(true);
    expect(valueOf(run('Flatten$Value', { delimiter: '_' }, record(new Struct(row, [1, null, null, null]))))).toMatchObject({
      address_city: null,
    });
    expect(valueOf(run('Flatten$Value', {}, plain))).toEqual({ id: 1, name: 'Ada', 'address.city': 'Rome' });
  });

  test('Flatten reads a null as the default where it is told to', () => {
    const withDefault = structOf([['a', primitive('string', { ...optional, defaultValue: 'x' })]]);
    const of = record(new Struct(withDefault, [null]), withDefault);
    expect(valueOf(run('Flatten$Value', {}, of))).toEqual({ a: null });
    expect(valueOf(run('Flatten$Value', { 'replace.null.with.default': 'true' }, of))).toEqual({ a: 'x' });
  });

  test('SetSchemaMetadata renames the schema, and the struct with it', () => {
    const result = run('SetSchemaMetadata$Value', { 'schema.name': 'x.Y', 'schema.version': '4' });
    expect(result?.valueSchema).toMatchObject({ name: 'x.Y', version: 4 });
    expect((result?.value as Struct).schema).toBe(result?.valueSchema);
  });

  test.each([
    ['Timestamp', { format: 'yyyy-MM-dd HH:mm:ss.SSS' }, '2026-11-03 04:05:06.007', Date.UTC(2026, 10, 3, 4, 5, 6, 7)],
    ['unix', { format: 'yyyyMMdd', 'unix.precision': 'microseconds' }, '20261103', Date.UTC(2026, 10, 3) * 1_000],
    ['string', { format: "yyyy-MM-dd'T'HH" }, Date.UTC(2026, 10, 3, 4), '2026-11-03T04'],
    ['string', { format: 'yyyy', 'unix.precision': 'seconds' }, 1_700_000_000, '2023'],
    ['Date', {}, -1, -1],
    ['Time', {}, 86_400_005, 5],
  ])('TimestampConverter to %s with %p makes of %p %p', (target, raw, value, expected) => {
    const schema = structOf([['at', primitive(typeof value === 'string' ? 'string' : 'int64', optional)]]);
    const result = run(
      'TimestampConverter$Value',
      { field: 'at', 'target.type': target, ...raw },
      record(new Struct(schema, [value]), schema),
    );
    expect(valueOf(result)).toEqual({ at: expected });
    const text = run(
      'TimestampConverter$Value',
      { field: 'at', 'target.type': target, ...raw },
      record(new Struct(schema, [null]), schema),
    );
    expect(valueOf(text)).toEqual({ at: null });
  });

  test('TimestampConverter refuses a text of another format', () => {
    const key = { ...full, keySchema: primitive('string'), key: 'soon' };
    expect(() => run('TimestampConverter$Key', { 'target.type': 'unix', format: 'yyyy' }, key)).toThrow(
      'a text is not of the configured format',
    );
  });

  test('headers are added, moved and dropped', () => {
    expect(run('DropHeaders', { headers: 'h' })?.headers).toEqual([]);
    expect(run('InsertHeader', { header: 'x', 'value.literal': '12' })?.headers.at(-1)).toMatchObject({ key: 'x', value: 12 });
    const moved = run('HeaderFrom$Value', { fields: 'name', headers: 'n', operation: 'move' });
    expect(moved?.headers.at(-1)).toMatchObject({ key: 'n', value: 'Ada' });
    expect(valueOf(moved)).not.toHaveProperty('name');
    expect(valueOf(run('HeaderFrom$Value', { fields: 'name', headers: 'n', operation: 'copy' }))).toHaveProperty('name');
  });

  test('Filter drops, and what cannot be handled is an error of the record', () => {
    expect(run('Filter', {})).toBeNull();
    expect(() => run('MaskField$Value', { fields: 'x' }, { ...full, valueSchema: arrayOf(row), value: [] })).toThrow(
      'its value is of type array, not a struct',
    );
  });
});

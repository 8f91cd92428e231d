import { describe, expect, test } from '@jest/globals';
import { Struct, type Schema } from '@headrace/connector-api';
import type { RawConfig } from '@headrace/foundation';
import { createDatabase, startRun, valueOf } from './harness.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');

/** type, literal, schema type, schema name, value. */
type Case = readonly [string, string, Schema['type'], string | undefined, unknown];

const text = (type: string, value: string, name?: string): Case => [type, `'${value}'`, 'string', name, value];

const cases: readonly Case[] = [
  ['boolean', 'true', 'boolean', undefined, true],
  ['boolean', 'false', 'boolean', undefined, false],
  ['smallint', '-32768', 'int16', undefined, -32_768],
  ['smallint', '32767', 'int16', undefined, 32_767],
  ['integer', '-2147483648', 'int32', undefined, -2_147_483_648],
  ['integer', '2147483647', 'int32', undefined, 2_147_483_647],
  ['bigint', '-9223372036854775808', 'int64', undefined, -9_223_372_036_854_775_808n],
  ['bigint', '9223372036854775807', 'int64', undefined, 9_223_372_036_854_775_807n],
  ['bigint', '9007199254740991', 'int64', undefined, 9_007_199_254_740_991],
  ['bigint', '9007199254740992', 'int64', undefined, 9_007_199_254_740_992n],
  ['bigint', '0', 'int64', undefined, 0],
  ['oid', '4294967295', 'int64', undefined, 4_294_967_295],
  ['real', '3.4028235e38', 'float32', undefined, Math.fround(3.4028235e38)],
  ['real', "'NaN'", 'float32', undefined, NaN],
  ['double precision', '1e-307', 'float64', undefined, 1e-307],
  ['double precision', '0.1', 'float64', undefined, 0.1],
  ['double precision', "'-Infinity'", 'float64', undefined, -Infinity],
  ['numeric(10,2)', '-12345678.90', 'bytes', 'org.apache.kafka.connect.data.Decimal', bytes('b669fd2e')],
  [
    'numeric(38,9)',
    '12345678901234567890123456789.123456789',
    'bytes',
    'org.apache.kafka.connect.data.Decimal',
    bytes('0949b0f6f0023313c4499050e4d85f15'),
  ],
  ['numeric(3,0)', '999', 'bytes', 'org.apache.kafka.connect.data.Decimal', bytes('03e7')],
  ['numeric', '100.500', 'struct', 'io.debezium.data.VariableScaleDecimal', { scale: 1, value: bytes('03ed') }],
  ['numeric', '0', 'struct', 'io.debezium.data.VariableScaleDecimal', { scale: 0, value: bytes('00') }],
  ['money', "'-1234.56'", 'bytes', 'org.apache.kafka.connect.data.Decimal', bytes('fe1dc0')],
  text('text', 'größe 🌊 line\nbreak \\ tab\t'),
  ['text', "''", 'string', undefined, ''],
  text('varchar(20)', 'abc'),
  ['char(5)', "'ab'", 'string', undefined, 'ab   '],
  text('name', 'n'),
  ['bytea', "'\\x00ff10'", 'bytes', undefined, bytes('00ff10')],
  ['bytea', "'\\x'", 'bytes', undefined, bytes('')],
  ['bytea', `'\\x${'0123456789abcdef'.repeat(20)}'`, 'bytes', undefined, bytes('0123456789abcdef'.repeat(20))],
  ['date', "'1970-01-02'", 'int32', 'io.debezium.time.Date', 1],
  ['date', "'0001-01-01 BC'", 'int32', 'io.debezium.time.Date', -719_528],
  ['date', "'5874897-12-31'", 'int32', 'io.debezium.time.Date', 2_145_042_905],
  ['date', "'infinity'", 'int32', 'io.debezium.time.Date', -2_147_472_693],
  ['time', "'24:00:00'", 'int64', 'io.debezium.time.MicroTime', 86_400_000_000],
  ['time(3)', "'04:05:06.789'", 'int32', 'io.debezium.time.Time', 14_706_789],
  ['timetz', "'11:51:30.123789+02'", 'string', 'io.debezium.time.ZonedTime', '09:51:30.123789Z'],
  ['timetz', "'00:30:00+05:30'", 'string', 'io.debezium.time.ZonedTime', '19:00:00Z'],
  ['timestamp', "'2024-02-29 23:59:59.999999'", 'int64', 'io.debezium.time.MicroTimestamp', 1_709_251_199_999_999],
  ['timestamp(0)', "'1969-12-31 23:59:59'", 'int64', 'io.debezium.time.Timestamp', -1_000],
  ['timestamp', "'4713-01-01 00:00:00 BC'", 'int64', 'io.debezium.time.MicroTimestamp', -210_863_520_000_000_000n],
  ['timestamp', "'294276-12-31 23:59:59.999999'", 'int64', 'io.debezium.time.MicroTimestamp', 9_224_318_015_999_999_999n],
  ['timestamp', "'-infinity'", 'int64', 'io.debezium.time.MicroTimestamp', -9_223_372_036_832_400_000n],
  ['timestamptz', "'2020-04-01 13:51:02+02'", 'string', 'io.debezium.time.ZonedTimestamp', '2020-04-01T11:51:02.000000Z'],
  ['timestamptz(3)', "'2020-04-01 11:51:02.5+00'", 'string', 'io.debezium.time.ZonedTimestamp', '2020-04-01T11:51:02.500Z'],
  ['timestamptz(0)', "'2020-04-01 11:51:02+00'", 'string', 'io.debezium.time.ZonedTimestamp', '2020-04-01T11:51:02Z'],
  ['timestamptz', "'21016-11-04 06:51:30+00'", 'string', 'io.debezium.time.ZonedTimestamp', '+21016-11-04T06:51:30.000000Z'],
  ['timestamptz', "'4714-12-31 23:59:59.999999+00 BC'", 'string', 'io.debezium.time.ZonedTimestamp', '-4713-12-31T23:59:59.999999Z'],
  ['timestamptz', "'infinity'", 'string', 'io.debezium.time.ZonedTimestamp', 'infinity'],
  ['interval', "'1 year 2 mons 3 days 04:05:06.78'", 'int64', 'io.debezium.time.MicroDuration', 37_091_106_780_000],
  ['interval', "'178000000 years'", 'int64', 'io.debezium.time.MicroDuration', 9_223_372_036_854_775_807n],
  ['interval', "'-178000000 years'", 'int64', 'io.debezium.time.MicroDuration', -9_223_372_036_854_775_808n],
  ['timestamp(0)', "'290000-12-31 23:59:59'", 'int64', 'io.debezium.time.Timestamp', 9_089_380_483_199_000n],
  ['interval', "'-00:00:00.5'", 'int64', 'io.debezium.time.MicroDuration', -500_000],
  text('uuid', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'io.debezium.data.Uuid'),
  text('json', '{"b": [1,  2]}', 'io.debezium.data.Json'),
  ['jsonb', `'{"b":[1,2],"a":null}'`, 'string', 'io.debezium.data.Json', '{"a": null, "b": [1, 2]}'],
  text('xml', '<a>b</a>', 'io.debezium.data.Xml'),
  text('mood', 'sad', 'io.debezium.data.Enum'),
  ['positive', '7', 'int32', undefined, 7],
  ['bit', "B'1'", 'boolean', undefined, true],
  ['bit(12)', "B'100000000011'", 'bytes', 'io.debezium.data.Bits', bytes('0308')],
  ['varbit(5)', "B'000'", 'bytes', 'io.debezium.data.Bits', bytes('')],
  text('inet', '10.0.0.1/24'),
  text('cidr', '10.0.0.0/8'),
  text('macaddr', '08:00:2b:01:02:03'),
  ['int4range', "'[1,3)'", 'string', undefined, '[1,3)'],
  ['tsvector', "'fat cat'", 'string', 'io.debezium.data.Tsvector', "'cat' 'fat'"],
  [
    'point',
    "'(1.5,-2)'",
    'struct',
    'io.debezium.data.geometry.Point',
    { x: 1.5, y: -2, wkb: bytes('0101000000000000000000f83f00000000000000c0'), srid: null },
  ],
  ['int[]', "'{1,NULL,-3}'", 'array', undefined, [1, null, -3]],
  ['int[]', "'{}'", 'array', undefined, []],
  ['int[]', "'[0:1]={5,6}'", 'array', undefined, [5, 6]],
  ['text[]', `'{a,"b c","q\\"\\\\","NULL",NULL,""}'`, 'array', undefined, ['a', 'b c', 'q"\\', 'NULL', null, '']],
  ['numeric(5,1)[]', "'{1.5,-2}'", 'array', undefined, [bytes('0f'), bytes('ec')]],
  ['timestamptz[]', `'{"2020-01-01 00:00:00+00"}'`, 'array', undefined, ['2020-01-01T00:00:00.000000Z']],
  ['bytea[]', `'{"\\\\x0102",NULL}'`, 'array', undefined, [bytes('0102'), null]],
  ['mood[]', "'{happy}'", 'array', undefined, ['happy']],
  ['boolean[]', "'{t,f}'", 'array', undefined, [true, false]],
];

/** Structs as objects, bytes as buffers: what `toEqual` compares well. */
const plain = (value: unknown): unknown => {
  if (value instanceof Struct) return Object.fromEntries(Object.entries(value.toObject()).map(([name, item]) => [name, plain(item)]));
  if (value instanceof Uint8Array) return Buffer.from(value);
  return Array.isArray(value) ? value.map(plain) : value;
};

const setup = `
  CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
  CREATE DOMAIN positive AS int CHECK (VALUE > 0);
  CREATE TABLE v (id int PRIMARY KEY, ${cases.map(([type], index) => `c${String(index)} ${type}`).join(', ')});
`;
const insert = (id: number): string => `INSERT INTO v VALUES (${[id, ...cases.map(([, literal]) => literal)].join(', ')})`;

describe('values of every type', () => {
  test('are exact, the same in the snapshot and in the stream', async () => {
    await using db = await createDatabase();
    await db.sql(setup);
    await db.sql(insert(1));
    await using run = await startRun(db.config);
    await run.untilSnapshotDone();
    await db.sql(insert(2));
    await run.untilRecords(2);
    for (const record of run.records) {
      const after = valueOf(record).get('after') as Struct;
      const actual = cases.map(([type, literal], index) => {
        const name = `c${String(index)}`;
        const schema = after.schema.fields[after.schema.indexByName.get(name)!]!.schema;
        return [type, literal, schema.type, schema.name, plain(after.get(name))];
      });
      expect(actual).toEqual(cases.map((entry) => [...entry]));
    }
    expect(run.records[0]?.valueSchema).toBe(run.records[1]?.valueSchema);
  });

  test('are null where the row has null', async () => {
    await using db = await createDatabase();
    await db.sql(setup);
    await using run = await startRun(db.config);
    await run.untilSnapshotDone();
    await db.sql('INSERT INTO v (id) VALUES (1)');
    await run.untilRecords(1);
    const after = valueOf(run.records[0]).get('after') as Struct;
    expect(after.values.slice(1)).toEqual(cases.map(() => null));
    expect(after.schema.fields.slice(1).every((field) => field.schema.isOptional)).toBe(true);
  });
});

const oneValue = async (type: string, literal: string, raw: RawConfig): Promise<unknown> => {
  await using db = await createDatabase();
  await db.sql(`CREATE EXTENSION hstore; CREATE TABLE v (id int PRIMARY KEY, c ${type})`);
  await db.sql(`INSERT INTO v VALUES (1, ${literal})`);
  await using run = await startRun({ ...db.config, ...raw });
  await run.untilSnapshotDone();
  return plain((valueOf(run.records[0]).get('after') as Struct).get('c'));
};

describe('handling modes', () => {
  test.each([
    ['numeric(6,2)', '12.30', { 'decimal.handling.mode': 'string' }, '12.30'],
    ['numeric(6,2)', '12.30', { 'decimal.handling.mode': 'double' }, 12.3],
    ['numeric', "'NaN'", { 'decimal.handling.mode': 'double' }, NaN],
    ['numeric', "'-Infinity'", { 'decimal.handling.mode': 'string' }, 'NEGATIVE_INFINITY'],
    ['numeric', "'NaN'", { 'event.converting.failure.handling.mode': 'warn' }, null],
    ['bytea', "'\\xfbff'", { 'binary.handling.mode': 'base64' }, '+/8='],
    ['bytea', "'\\xfbff'", { 'binary.handling.mode': 'base64-url-safe' }, '-_8='],
    ['bytea', "'\\xfbff'", { 'binary.handling.mode': 'hex' }, 'fbff'],
    ['interval', "'1 year 2 mons 3 days 04:05:06.78'", { 'interval.handling.mode': 'string' }, 'P1Y2M3DT4H5M6.78S'],
    ['interval', "'-1 day'", { 'interval.handling.mode': 'string' }, 'P0Y0M-1DT0H0M0S'],
    ['hstore', `'"10"=>"x","b"=>NULL'`, { 'hstore.handling.mode': 'json' }, '{"b":null,"10":"x"}'],
    [
      'hstore',
      `'a=>1,b=>NULL'`,
      { 'hstore.handling.mode': 'map' },
      new Map([
        ['a', '1'],
        ['b', null],
      ]),
    ],
    ['timestamp', "'2017-09-15 04:05:11.789'", { 'time.precision.mode': 'isostring' }, '2017-09-15T04:05:11.789Z'],
    ['timestamp', "'2017-09-15 04:05:11.789123'", { 'time.precision.mode': 'connect' }, 1_505_448_311_789],
    ['box', "'(1,1),(0,0)'", { 'include.unknown.datatypes': 'true', 'binary.handling.mode': 'base64' }, 'KDEsMSksKDAsMCk='],
  ])('%s %s under %p is %p', async (type, literal, raw, value) => {
    expect(await oneValue(type, literal, raw)).toEqual(value);
  });

  test('a numeric NaN without a form fails and names the column and the cure', async () => {
    await expect(oneValue('numeric(6,2)', "'NaN'", {})).rejects.toMatchObject({
      code: 'postgres.value_unconvertible',
      message: expect.stringContaining('public.v.c'),
    });
  });

  test('a column of an unknown type is left out with a warning', async () => {
    await using db = await createDatabase();
    await db.sql('CREATE TABLE v (id int PRIMARY KEY, c box, d int)');
    await db.sql("INSERT INTO v VALUES (1, '(1,1),(0,0)', 5)");
    await using run = await startRun(db.config);
    await run.untilSnapshotDone();
    expect((valueOf(run.records[0]).get('after') as Struct).toObject()).toEqual({ id: 1, d: 5 });
    expect(run.log.filter((line) => line.level === 'warn').map((line) => line.fields)).toEqual([{ column: 'public.v.c', type: 'box' }]);
  });
});

describe('defaults and nullability', () => {
  test('literals become schema defaults, computed ones the zero value, as far as Debezium reads them', async () => {
    await using db = await createDatabase();
    await db.sql(`CREATE TABLE v (
      id serial PRIMARY KEY, a int NOT NULL DEFAULT 5, b text DEFAULT 'it''s', c timestamptz NOT NULL DEFAULT now(), d timestamp DEFAULT now(),
      e numeric(5,2) DEFAULT -1.5, f boolean NOT NULL DEFAULT true, g text DEFAULT NULL, h jsonb NOT NULL DEFAULT '{}', i date DEFAULT '2020-01-01',
      j money DEFAULT 1, k inet DEFAULT '10.0.0.1', l integer NOT NULL DEFAULT 1 + 2, m uuid DEFAULT gen_random_uuid())`);
    await db.sql('INSERT INTO v DEFAULT VALUES');
    await using run = await startRun(db.config);
    await run.untilSnapshotDone();
    const { schema } = valueOf(run.records[0]).get('after') as Struct;
    expect(schema.fields.map((field) => [field.name, field.schema.isOptional, field.schema.defaultValue])).toEqual([
      ['id', false, 0],
      ['a', false, 5],
      ['b', true, "it's"],
      ['c', false, '1970-01-01T00:00:00.000000Z'],
      ['d', true, 0],
      ['e', true, bytes('ff6a')],
      ['f', false, true],
      ['g', true, undefined],
      ['h', false, '{}'],
      ['i', true, 18_262],
      ['j', true, undefined],
      ['k', true, undefined],
      ['l', false, undefined],
      ['m', true, '00000000-0000-0000-0000-000000000000'],
    ]);
  });
});

import { arrayOf, mapOf, primitive, Struct, structOf, type Schema } from '@headrace/connector-api';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TableEvents } from './support/records.ts';
import { startTask } from './support/tasks.ts';
import { mariadbWithoutObjects, targets, withoutObjects, type TargetDatabase } from './support/targets.ts';

const optional = (type: Parameters<typeof primitive>[0]): Schema => primitive(type, { isOptional: true });
const named = (type: 'int32' | 'int64' | 'string' | 'bytes', name: string, parameters: Record<string, string> = {}): Schema =>
  primitive(type, { isOptional: true, name: `io.debezium.${name}`, version: 1, parameters });
const list = (items: Schema): Schema => arrayOf(items, { isOptional: true });

const geometry = structOf(
  [
    ['wkb', primitive('bytes')],
    ['srid', optional('int32')],
  ],
  { isOptional: true, name: 'io.debezium.data.geometry.Geometry', version: 1 },
);
const point = structOf(
  [
    ['x', primitive('float64')],
    ['y', primitive('float64')],
    ['wkb', optional('bytes')],
    ['srid', optional('int32')],
  ],
  { isOptional: true, name: 'io.debezium.data.geometry.Point', version: 1 },
);
/** POINT(2 3), little-endian. */
const wkb = Buffer.from('010100000000000000000000400000000000000840', 'hex');

interface Case {
  readonly schema: Schema;
  readonly value: unknown;
  readonly postgres: string;
  readonly mysql: string;
  /** How MySQL is asked for a text; the column itself otherwise. */
  readonly mysqlText?: string;
}

/** Where a database has no such type, the fallback is lossless text, JSON or bytes. */
const cases: Readonly<Record<string, Case>> = {
  'an interval': {
    schema: named('string', 'time.Interval'),
    value: 'P1Y2M3DT4H5M6.78S',
    postgres: '1 year 2 mons 3 days 04:05:06.78',
    mysql: 'P1Y2M3DT4H5M6.78S',
  },
  'a duration': { schema: named('int64', 'time.MicroDuration'), value: 123_456_789, postgres: '00:02:03.456789', mysql: '123456789' },
  'a year': { schema: named('int32', 'time.Year'), value: 2024, postgres: '2024', mysql: '2024' },
  'a time with zone': {
    schema: named('string', 'time.ZonedTime'),
    value: '11:51:30.123789Z',
    postgres: '11:51:30.123789+00',
    mysql: '11:51:30.123789',
  },
  'bits of a length': {
    schema: named('bytes', 'data.Bits', { length: '10' }),
    value: Uint8Array.of(5, 2),
    postgres: '1000000101',
    mysql: '1000000101',
    mysqlText: 'BIN(value)',
  },
  'no bits set': {
    schema: named('bytes', 'data.Bits', { length: '10' }),
    value: Uint8Array.of(),
    postgres: '0000000000',
    mysql: '0',
    mysqlText: 'BIN(value)',
  },
  'whole numbers': { schema: list(optional('int32')), value: [1, null, 3], postgres: '{1,NULL,3}', mysql: '[1,null,3]' },
  'no elements': { schema: list(optional('int32')), value: [], postgres: '{}', mysql: '[]' },
  texts: {
    schema: list(optional('string')),
    value: ['a"b', 'c,d\\', 'NULL', null, ''],
    postgres: String.raw`{"a\"b","c,d\\","NULL",NULL,""}`,
    mysql: String.raw`["a\"b","c,d\\","NULL",null,""]`,
  },
  'pieces of bytes': {
    schema: list(optional('bytes')),
    value: [Uint8Array.of(0, 255, 92)],
    postgres: String.raw`{"\\x00ff5c"}`,
    mysql: '["AP9c"]',
  },
  moments: {
    schema: list(named('int64', 'time.MicroTimestamp')),
    value: [1],
    postgres: '{"1970-01-01 00:00:00.000001"}',
    mysql: '["1970-01-01 00:00:00.000001"]',
  },
  'a map': {
    schema: mapOf(primitive('string'), optional('string'), { isOptional: true }),
    value: new Map([
      ['k', 'v"'],
      ['n', null],
    ]),
    postgres: String.raw`{"k":"v\"","n":null}`,
    mysql: String.raw`{"k":"v\"","n":null}`,
  },
  'a point': {
    schema: point,
    value: new Struct(point, [2, 3, wkb, null]),
    postgres: '(2,3)',
    mysql: 'POINT(2 3)',
    mysqlText: 'ST_AsText(value)',
  },
  'a geometry with its reference system': {
    schema: geometry,
    value: new Struct(geometry, [wkb, 4326]),
    postgres: String.raw`\x0101000020e610000000000000000000400000000000000840`,
    mysql: '4326 POINT(2 3)',
    mysqlText: `CONCAT(ST_SRID(value), ' ', ST_AsText(value))`,
  },
};

describe.each([...targets, withoutObjects, mariadbWithoutObjects])('structured values in %s', (_, create) => {
  let target: TargetDatabase;
  beforeAll(async () => {
    target = await create();
  });
  afterAll(() => target.drop());

  let tables = 0;
  test.each(Object.entries(cases))('%s', async (__, { schema, value, postgres, mysql, mysqlText = 'value' }) => {
    const topic = `structured_${String((tables += 1))}`;
    const events = new TableEvents({
      topic,
      key: ['id'],
      columns: [
        ['id', primitive('int32')],
        ['value', schema],
      ],
    });
    await using task = await startTask(target, { topics: [topic] });
    await task.put(events.create({ id: 1, value }), events.create({ id: 2, value: null }));
    expect(task.reported.map(({ error }) => error.message)).toEqual([]);
    const text = target.name === 'mysql' ? mysqlText : 'value';
    const rows = await target.rows(`SELECT ${text} AS shown FROM ${topic} ORDER BY id`);
    expect(rows.map((row) => row['shown'])).toEqual([target.name === 'mysql' ? mysql : postgres, null]);
  });
});

import fc from 'fast-check';
import type { ConnectorConfig } from '../../support/rest.ts';
import type { GeneratedKey, GeneratedType } from './dialect.ts';
import { bits, dayBetween, decimal, digits, integer, json, nearDay, quote, text, timeOfDay } from './random-values.ts';

/** Values as quoted texts. */
const type = (sql: string, texts: fc.Arbitrary<string>): GeneratedType => ({ sql, value: texts.map(quote) });

/** Values as SQL. */
const written = (sql: string, value: fc.Arbitrary<string>): GeneratedType => ({ sql, value });

const unsigned = (size: bigint): fc.Arbitrary<string> =>
  fc.oneof(fc.bigInt({ min: 0n, max: 2n ** size - 1n }), fc.constantFrom(0n, 2n ** size - 1n, 2n ** (size - 1n))).map(String);
const bytes = (maxLength: number): fc.Arbitrary<string> =>
  fc.uint8Array({ maxLength }).map((content) => `x'${Buffer.from(content).toString('hex')}'`);
/** Characters of a set that others have too; in one byte. */
const western = fc.string({ unit: fc.integer({ min: 0xa0, max: 0xff }).map((code) => String.fromCodePoint(code)), maxLength: 12 });
const basic = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff_ff }).filter((code) => code < 0xd8_00 || code > 0xdf_ff).map((code) => String.fromCodePoint(code)), maxLength: 12 }); // prettier-ignore
const trimmed = (value: string): string => value.trimEnd();

/** What a float holds exactly, in as few digits as the server's text of it has. */
const short = fc.integer({ min: -7_999, max: 7_999 }).map((eighths) => String(eighths / 8));
const large = fc.double({ noDefaultInfinity: true, noNaN: true, min: -1e300, max: 1e300 }).map(String);

/** After the Gregorian reform: before it the peer counts days in two calendars. */
const day = dayBetween('1583-01-01', '9999-12-31');
const moment = fc.tuple(nearDay, timeOfDay).map(([date, time]) => `${date} ${time}`);
const instant = fc.tuple(dayBetween('1970-01-02', '2038-01-18'), timeOfDay).map(([date, time]) => `${date} ${time}`);
const fractions = ['', '(1)', '(2)', '(3)', '(4)', '(5)', '(6)'] as const;

const coordinate = fc.integer({ min: -99_999, max: 99_999 }).map((value) => String(value / 4));
const place = fc.tuple(coordinate, coordinate).map((pair) => pair.join(' '));
const places = fc.array(place, { minLength: 2, maxLength: 4 }).map((list) => list.join(','));
const shape = (wkt: fc.Arbitrary<string>): fc.Arbitrary<string> => wkt.map((content) => `ST_GeomFromText('${content}')`);
const pointShape = shape(place.map((at) => `POINT(${at})`));
const lineShape = shape(places.map((list) => `LINESTRING(${list})`));
const areaShape = shape(fc.constantFrom('POLYGON((0 0,0 1,1 1,0 0))', 'POLYGON((0 0,0 9,9 9,0 0),(1 2,1 3,2 3,1 2))'));

const labels = ['a', 'größe', "it's"] as const;
const labelList = labels.map(quote).join(',');

const shared: readonly GeneratedType[] = [
  type('tinyint', integer(7n)),
  type('tinyint(1)', integer(7n)),
  type('tinyint unsigned', unsigned(8n)),
  type('smallint', integer(15n)),
  type('smallint unsigned', unsigned(16n)),
  type('mediumint', integer(23n)),
  type('mediumint unsigned', unsigned(24n)),
  type('int', integer(31n)),
  type('int unsigned', unsigned(32n)),
  type('int(5) zerofill', unsigned(16n)),
  type('bigint', integer(63n)),
  type('bigint unsigned', unsigned(64n)),
  written('float', short),
  written('float(7,3)', short),
  written('double', large),
  written('double(10,3)', short),
  type('decimal(12,4)', decimal(8, 4)),
  type('decimal(38,9)', decimal(29, 9)),
  type('decimal(5,0)', digits(5)),
  type('decimal(65,30)', decimal(35, 30)),
  type('decimal(10,2) unsigned', digits(8)),
  ...[1, 8, 12, 64].map((size) =>
    written(
      `bit(${String(size)})`,
      bits(1, size).map((value) => `b'${value}'`),
    ),
  ),
  type('year', fc.integer({ min: 1901, max: 2155 }).map(String)),
  type('char(15)', text.map(trimmed)),
  type('varchar(20)', text),
  type('varchar(300)', text),
  type('varchar(20) character set latin1', western),
  type('varchar(20) character set utf8mb3', basic),
  type('varchar(20) character set ucs2', basic),
  type('varchar(20) character set utf16', text),
  type('varchar(20) character set utf32', text),
  type('text', text),
  type('text character set latin1', western),
  type('mediumtext', text),
  type(`enum(${labelList})`, fc.constantFrom(...labels)),
  type(
    `set(${labelList})`,
    fc.subarray([...labels]).map((chosen) => chosen.join(',')),
  ),
  written('binary(5)', bytes(5)),
  written('varbinary(20)', bytes(20)),
  written('tinyblob', bytes(20)),
  written('blob', bytes(20)),
  type('date', day),
  ...fractions.map((fraction) => type(`time${fraction}`, timeOfDay)),
  ...fractions.map((fraction) => type(`datetime${fraction}`, moment)),
  ...fractions.map((fraction) => type(`timestamp${fraction}`, instant)),
  written('geometry', fc.oneof(pointShape, lineShape, areaShape)),
  written('point', pointShape),
  written('linestring', lineShape),
  written('polygon', areaShape),
];

const vector = fc.array(short, { minLength: 3, maxLength: 3 }).map((items) => `STRING_TO_VECTOR('[${items.join(',')}]')`);

/** Types whose every value both tell alike; those with declared differences are in the written corpus. */
export const mysqlGeneratedTypes: Readonly<Record<'mysql' | 'mariadb', readonly GeneratedType[]>> = {
  mysql: [...shared, type('json', json), written('vector(3)', vector)],
  // The log leaves the zeros at the end out, and the peer puts them in front.
  mariadb: [
    ...shared,
    type(
      'uuid',
      fc.uuid().filter((uuid) => !uuid.endsWith('00')),
    ),
  ],
};

/** Stands outside of its row. */
export const mysqlLongType: GeneratedType = {
  sql: 'longtext',
  value: fc.nat(9).map((seed) => `repeat('${String(seed)}ä', 5000)`),
};

/** Their values ascend with the number of the row. */
export const mysqlKeys: readonly GeneratedKey[] = [
  { sql: 'int', of: String },
  { sql: 'bigint', of: (row) => String(9_007_199_254_740_993n + BigInt(row)) },
  { sql: 'bigint unsigned', of: (row) => String(18_446_744_073_709_551_610n + BigInt(row)) },
  { sql: 'varchar(20)', of: (row) => `'ä k${String(row)}'` },
  { sql: 'varbinary(9)', of: (row) => `x'00ff0${String(row)}'` },
  { sql: 'binary(4)', of: (row) => `x'00ff0${String(row)}'` },
  { sql: 'decimal(6,2)', of: (row) => `${String(row)}.50` },
  { sql: 'date', of: (row) => `DATE '2020-02-1${String(row)}'` },
  { sql: 'datetime(3)', of: (row) => `'2020-01-0${String(row + 1)} 00:00:00.500'` },
  { sql: "enum('a','b','c','d','e')", of: (row) => `'${'abcde'.charAt(row)}'` },
];

/** Options that change how values and events are told. */
export const mysqlHandlingModes: fc.Arbitrary<ConnectorConfig> = fc.record({
  'decimal.handling.mode': fc.constantFrom('precise', 'double', 'string'),
  'binary.handling.mode': fc.constantFrom('bytes', 'base64', 'base64-url-safe', 'hex'),
  'time.precision.mode': fc.constantFrom('adaptive_time_microseconds', 'connect', 'microseconds', 'nanoseconds', 'isostring'),
  'bigint.unsigned.handling.mode': fc.constantFrom('long', 'precise'),
  'tombstones.on.delete': fc.constantFrom('true', 'false'),
  'provide.transaction.metadata': fc.constantFrom('false', 'true'),
  'include.query': fc.constantFrom('false', 'true'),
  'skip.messages.without.change': fc.constantFrom('false', 'true'),
  'extended.headers.enabled': fc.constantFrom('true', 'false'),
  'column.propagate.source.type': fc.constantFrom('none', '.*'),
  'max.batch.size': fc.constantFrom('2048', '7', '1'),
});

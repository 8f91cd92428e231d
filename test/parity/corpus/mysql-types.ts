import { column, insertRows, type TypedColumn, type TypedTable } from './typed-table.ts';

/** As `column`, with values that are SQL as they stand. */
const written = (type: string, ...values: readonly string[]): TypedColumn => ({ ...column(type), values });

const numbers: TypedTable = {
  name: 'types_numbers',
  columns: [
    column('tinyint', '-128', '127', '0'),
    column('tinyint(1)', '-128', '1', '0'),
    column('boolean', '1', '0', '2'),
    column('tinyint unsigned', '255', '128', '0'),
    column('tinyint(1) unsigned', '255', '1'),
    column('smallint', '-32768', '32767'),
    column('smallint unsigned', '65535', '32768'),
    column('mediumint', '-8388608', '8388607'),
    column('mediumint unsigned', '16777215', '8388608'),
    column('int', '-2147483648', '2147483647', '0'),
    column('int unsigned', '4294967295', '2147483648'),
    column('int(5) zerofill', '42', '0'),
    column('bigint', '-9223372036854775808', '9223372036854775807', '9007199254740993', '-1'),
    column('bigint unsigned', '18446744073709551615', '9223372036854775808', '9223372036854775807', '0'),
    written('float', '0.1', '-1.5', '3.4e38', '1e-38', '16777217', '0'),
    written('float(7,3)', '1234.567', '-0.001', '0'),
    written('float(30)', '0.1', '123456789.125'),
    written('float unsigned', '1.5', '0'),
    written('double', '0.1', '1.7976931348623157e308', '-2.2250738585072014e-308', '123456789.125', '0'),
    written('double(10,3)', '1234567.891', '-0.001'),
    written('real', '0.1', '-2.5'),
    column('decimal(10,2)', '-99999999.99', '99999999.99', '0', '0.01', '-0.01', '1.10'),
    column('decimal(38,9)', '12345678901234567890123456789.123456789', '-0.000000001', '0'),
    column('decimal(5,0)', '99999', '-1', '0', '128', '-128', '-129'),
    column('decimal(65,30)', `${'9'.repeat(35)}.${'9'.repeat(30)}`, `-0.${'0'.repeat(29)}1`),
    column('decimal', '1234567890', '-1'),
    column('numeric(6,1)', '12345.6', '-1'),
    column('decimal(10,2) unsigned', '99999999.99', '0'),
    column('decimal(3,3)', '0.999', '-0.001'),
    written('bit', "b'1'", "b'0'"),
    written('bit(1)', "b'1'", "b'0'"),
    written('bit(8)', "b'10000001'", "b'0'"),
    written('bit(12)', "b'100000000011'", "b'0'", "b'1'", "b'111111111111'"),
    written('bit(64)', `b'${'1'.repeat(64)}'`, `b'1${'0'.repeat(63)}'`, "b'1'"),
    column('year', '1901', '2155', '2024', '69', '70'),
  ],
};

const texts: TypedTable = {
  name: 'types_texts',
  columns: [
    column('char', 'a', ''),
    column('char(5)', 'ab', '', 'äö', ' x'),
    column('varchar(20)', 'abc', '', ' x ', 'größe 🌊'),
    column('varchar(20) character set latin1', 'größe €', ''),
    column('varchar(20) character set utf8mb3', 'größe', ''),
    column('varchar(20) character set utf16', 'größe 🌊', ''),
    column('varchar(20) character set ucs2', 'größe', ''),
    column('varchar(20) character set utf32', 'größe 🌊', ''),
    column('varchar(20) character set ascii', 'abc', ''),
    column('varchar(20) character set latin2', 'łódź', ''),
    column('varchar(20) character set cp1250', 'łódź', ''),
    column('varchar(20) character set cp1251', 'привет', ''),
    column('varchar(20) character set koi8r', 'привет', ''),
    column('varchar(20) character set greek', 'αβγ', ''),
    column('varchar(20) character set hebrew', 'שלום', ''),
    column('varchar(20) character set big5', '中文', ''),
    column('varchar(20) character set gbk', '中文', ''),
    column('varchar(20) character set sjis', '日本', ''),
    column('varchar(20) character set ujis', '日本', ''),
    column('varchar(20) character set euckr', '한국', ''),
    column('varchar(20) character set utf8mb4 collate utf8mb4_bin', 'Abc', ''),
    column('varchar(300)', 'x'.repeat(300), ''),
    column('char(5) character set latin1 collate latin1_bin', 'ä', ''),
    column('tinytext', 'line\nbreak "quoted" tab\t', ''),
    column('text', 'größe 🌊', '', 'x'.repeat(3_000)),
    column('text character set latin1', 'größe', ''),
    column('mediumtext', 'abc', ''),
    column('longtext', 'abc', '', 'y'.repeat(70_000)),
    column("enum('a','b','größe','it''s','c,d')", 'a', 'größe', "it's", 'c,d', ''),
    column("enum('ä','b') character set latin1", 'ä', 'b'),
    column("set('a','b','größe','it''s')", 'a', 'a,größe', '', "b,it's", 'größe,b,a'),
    column("set('ä','b') character set latin1", 'ä', 'b,ä'),
  ].map((entry, index) => ({ ...entry, name: `c${String(index)}_${entry.name.slice(2, 12)}` })),
};

const binaries: TypedTable = {
  name: 'types_binaries',
  columns: [
    written('binary(5)', "x'0102'", "x'0000000000'", "x'ff00ff0000'", "''"),
    written('binary', "x'ff'", "''"),
    written('varbinary(20)', "x'00ff10'", "''", "x'fbff'", "x'6162000000'"),
    written('varbinary(300)', `x'${'0a'.repeat(300)}'`, "''"),
    written('tinyblob', "x'00ff10'", "''"),
    written('blob', "x'00ff10'", "''", `x'${'0123456789abcdef'.repeat(20)}'`),
    written('mediumblob', "x'00ff10'", "''"),
    written('longblob', "x'00ff10'", "''", `x'${'ab'.repeat(70_000)}'`),
    written('char(5) character set binary', "x'0102'", "x'ff'"),
  ],
};

const days = ['1970-01-01', '2024-02-29', '1000-01-01', '9999-12-31', '1582-10-10', '0001-01-01', '0000-00-00', '2020-00-00', '2020-01-00'];
const stamps = [
  '2024-02-29 23:59:59.999999',
  '1969-12-31 23:59:59.000001',
  '1000-01-01 00:00:00',
  '9999-12-31 23:59:59',
  '1582-10-10 01:02:03',
  '0000-00-00 00:00:00',
  '1900-01-01 00:00:00.5',
  '2020-01-02 03:04:05.123456',
];
const instants = [
  '2024-02-29 23:59:59.999999',
  '1970-01-01 00:00:01',
  '2038-01-19 03:14:07',
  '0000-00-00 00:00:00',
  '2020-01-02 03:04:05.120000',
];
const times = ['00:00:00', '23:59:59.999999', '838:59:58', '-838:59:58', '-00:00:00.5', '04:05:06.789', '-12:34:56.000001', '24:00:00'];

const fractions = ['', '(1)', '(2)', '(3)', '(4)', '(5)', '(6)'] as const;

const temporal: TypedTable = {
  name: 'types_times',
  columns: [
    column('date', ...days),
    ...fractions.map((fraction) => column(`time${fraction}`, ...times)),
    ...fractions.map((fraction) => column(`datetime${fraction}`, ...stamps)),
    ...fractions.map((fraction) => ({ ...column(`timestamp${fraction}`, ...instants), type: `timestamp${fraction} NULL` })),
  ],
};

/** Zero dates have no null to become here. */
const required: TypedTable = {
  name: 'types_required',
  columns: [
    { ...column('date', ...days), name: 'd', type: 'date NOT NULL' },
    { ...column('datetime', ...stamps), name: 'dt', type: 'datetime NOT NULL' },
    { ...column('datetime', ...stamps), name: 'dt6', type: 'datetime(6) NOT NULL' },
    { ...column('timestamp', ...instants), name: 'ts', type: "timestamp NOT NULL DEFAULT '2000-01-01 00:00:00'" },
    { ...column('timestamp', ...instants), name: 'ts3', type: "timestamp(3) NOT NULL DEFAULT '2000-01-01 00:00:00'" },
  ].map((entry) => ({ ...entry, values: [...entry.values, ...Array<string>(12).fill("'2020-01-01'")].slice(0, 9) })),
};

const shapes: TypedTable = {
  name: 'types_shapes',
  columns: [
    written('geometry', "ST_GeomFromText('POINT(1 2)')", "ST_GeomFromText('LINESTRING(0 0,1 1)')", "ST_GeomFromText('POINT(1 2)', 3857)"),
    written('point', "ST_GeomFromText('POINT(1.5 -2)')", "ST_GeomFromText('POINT(0 0)')", "ST_GeomFromText('POINT(1 2)', 3857)"),
    written('linestring', "ST_GeomFromText('LINESTRING(0 0,1 1,2 5)')"),
    written('polygon', "ST_GeomFromText('POLYGON((0 0,0 1,1 1,0 0))')"),
    written('multipoint', "ST_GeomFromText('MULTIPOINT(0 0,1 1)')"),
    written('multilinestring', "ST_GeomFromText('MULTILINESTRING((0 0,1 1),(2 2,3 3))')"),
    written('multipolygon', "ST_GeomFromText('MULTIPOLYGON(((0 0,0 1,1 1,0 0)))')"),
    written('geometrycollection', "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,1 1))')"),
  ],
};

const json: TypedTable = {
  name: 'types_json',
  columns: [
    column(
      'json',
      '{"b": [1, 2.5, -3, true, false, null], "a": "größe"}',
      '[]',
      '{}',
      '"text"',
      '12345678901234567890',
      '1.5e300',
      '{"deep": {"er": [[], {}]}, "quote": "a\\"b\\\\"}',
      `"${'z'.repeat(70_000)}"`,
      'null',
      '-1',
    ),
  ],
};

const mariadbOnly: TypedTable = {
  name: 'types_mariadb',
  columns: [column('uuid', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '00000000-0000-0000-0000-000000000000')],
};

const mysqlOnly: TypedTable = {
  name: 'types_mysql',
  columns: [written('vector(3)', "STRING_TO_VECTOR('[1,2.5,-3]')", "STRING_TO_VECTOR('[0.1,0,1e10]')")],
};

const shared: readonly TypedTable[] = [numbers, texts, binaries, temporal, required, shapes, json];

/** Of each family. */
export const mysqlTables: Readonly<Record<'mysql' | 'mariadb', readonly TypedTable[]>> = {
  mysql: [...shared, mysqlOnly],
  mariadb: [...shared, mariadbOnly],
};

/** As `insertRows`; where nothing may be null there is no row of nulls. */
export const insertMysqlRows = (table: TypedTable, firstId: number): readonly string[] =>
  insertRows(table, firstId).slice(0, table === required ? -1 : undefined);

import { column, type TypedTable } from './typed-table.ts';

/** A type of an extension that the server does not have, by the same name and texts. */
const double = (name: string): string => `CREATE TYPE ${name};
  CREATE FUNCTION ${name}_in(cstring) RETURNS ${name} LANGUAGE internal STRICT IMMUTABLE AS 'textin';
  CREATE FUNCTION ${name}_out(${name}) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'textout';
  CREATE TYPE ${name} (INPUT = ${name}_in, OUTPUT = ${name}_out, LIKE = text);`;

const extension = (name: string, types: readonly string[]): string => `DO $do$ BEGIN
  IF EXISTS (SELECT FROM pg_available_extensions WHERE name = '${name}') THEN CREATE EXTENSION ${name};
  ELSE ${types.map(double).join('\n')} END IF; END $do$`;

export const typeDefinitions: readonly string[] = [
  ...['hstore', 'ltree', 'citext', 'isn'].map((name) => `CREATE EXTENSION ${name}`),
  extension('postgis', ['geometry', 'geography']),
  extension('vector', ['vector', 'halfvec', 'sparsevec']),
  "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')",
  "ALTER TYPE mood ADD VALUE 'calm' BEFORE 'ok'",
  'CREATE TYPE pair AS (a integer, b text)',
  'CREATE DOMAIN short_text AS varchar(10)',
  'CREATE DOMAIN price AS numeric(6,2)',
  'CREATE DOMAIN net_price AS price',
  'CREATE DOMAIN moment AS timestamp(3)',
  'CREATE DOMAIN int_list AS integer[]',
  'CREATE DOMAIN name_of AS citext',
];

const numbers: TypedTable = {
  name: 'types_numbers',
  columns: [
    column('boolean', 't', 'f'),
    column('smallint', '-32768', '32767', '0'),
    column('integer', '-2147483648', '2147483647', '0'),
    column('bigint', '-9223372036854775808', '9223372036854775807', '9007199254740993', '0', '-1'),
    column('oid', '0', '4294967295'),
    column('real', '3.4028235e38', '-1e-45', 'NaN', 'Infinity', '-Infinity', '0.1', '-0'),
    column('double precision', '1.7976931348623157e308', '5e-324', 'NaN', 'Infinity', '-Infinity', '0.1', '-0', '123456789.125'),
    column('numeric(10,2)', '-99999999.99', '99999999.99', '0', '0.01', '-0.01', 'NaN', '1.10'),
    column('numeric(38,9)', '12345678901234567890123456789.123456789', '-0.000000001', '0'),
    column('numeric(5,0)', '99999', '-1', '0', '128', '-128', '-129'),
    column('numeric', '100.500', '0', '1e40', '-1e-40', 'NaN', 'Infinity', '-Infinity', '100', '0.00', '-123.4500'),
    column('money', '-92233720368547758.08', '92233720368547758.07', '0', '1234.56', '-0.01'),
    column('price', '1234.50', '-0.01', '0'),
    column('net_price', '1234.50', '-9999.99'),
    column('numeric(6)', '123456', '-1'),
  ],
};

const texts: TypedTable = {
  name: 'types_texts',
  columns: [
    column('char', 'a', ' '),
    column('char(5)', 'ab', '', 'äö'),
    column('varchar(20)', 'abc', '', ' x '),
    column('varchar', 'größe 🌊', ''),
    column('text', 'line\nbreak \\ tab\t"quoted" \'single\'', '', '\u0001\u007f\u2028', 'x'.repeat(3_000)),
    column('citext', 'CaseFree', ''),
    column('name', 'n', ''),
    { name: 'c_internal_char', type: '"char"', values: ["'x'", "''"] },
    column('json', '{"b": [1,  2], "b": null}', '[]', '"text"', '{"n": 1e400}'),
    column('jsonb', '{"b": [1,  2], "a": null}', '[]', '"text"', '12345678901234567890.123'),
    column('xml', '<a>b</a>', '<a attr="1"/>'),
    column('uuid', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '00000000-0000-0000-0000-000000000000'),
    column('ltree', 'Top.Science.Astronomy', ''),
    column('tsvector', 'fat cat:3A', ''),
    column('isbn', '0-393-04002-X'),
    column('inet', '10.0.0.1/24', '::1', '192.168.0.1'),
    column('cidr', '10.0.0.0/8', '2001:4f8:3:ba::/64'),
    column('macaddr', '08:00:2b:01:02:03', '08-00-2b-01-02-04'),
    column('macaddr8', '08:00:2b:01:02:03:04:05'),
    column('int4range', '[1,3)', 'empty', '(,)', '[5,5]'),
    column('int8range', '[1,9223372036854775807)', 'empty'),
    column('numrange', '(1.5,2.50]', '[,2)'),
    column('tsrange', '["2020-01-01 00:00:00","2020-01-02 12:00:00.5")', '[,infinity]'),
    column('tstzrange', '["2020-01-01 00:00:00+02","2020-01-02 12:00:00+00")', '(,)'),
    column('daterange', '[2020-01-01,2020-01-05]', '[,)'),
    column('mood', 'sad', 'calm', 'ok', 'happy'),
    column('short_text', 'abc', ''),
    column('hstore', '"a"=>"1", "b"=>NULL', '', '"q\\"uote"=>"back\\\\slash", "ä"=>"🌊", "c"=>"x, y=>z"', '"b"=>"2","a"=>"1"'),
  ],
};

/**
 * Not represented unless include.unknown.datatypes asks for their text. No refcursor: the peer's driver opens the cursor
 * that it names, and the snapshot fails.
 */
const unknown: TypedTable = {
  name: 'types_unknown',
  columns: [
    column('box', '(1,1),(0,0)'),
    column('circle', '<(1,2),3>'),
    column('line', '{1,2,3}'),
    column('lseg', '[(0,0),(1,1)]'),
    column('path', '((0,0),(1,1))'),
    column('polygon', '((0,0),(1,1),(1,0))'),
    column('pg_lsn', '16/B374D848'),
    column('tsquery', "'fat' & 'cat'"),
    column('int4multirange', '{[1,3),[5,7)}'),
    column('pair', '(1,"two words")'),
    column('txid_snapshot', '10:20:10,14,15'),
    column('pg_snapshot', '10:20:10,14,15'),
    column('xid', '17'),
    column('xid8', '18'),
    column('tid', '(0,1)'),
    column('regclass', 'pg_class'),
    column('bit(3)[]', '{101,000}'),
    column('xml[]', '{<a/>}'),
    column('money[]', '{1.50,-2}'),
    column('interval[]', '{"1 day"}'),
    column('name[]', '{a,b}'),
    column('point[]', '{"(1,2)"}'),
    column('varbit[]', '{101,1}'),
    column('tsvector[]', "{\"'a' 'b'\"}"),
    column('box[]', '{(1,1),(0,0)}'),
    column('pair[]', '{"(1,x)"}'),
    column('oidvector', '1 2 3'),
    column('int2vector', '1 2 3'),
  ],
};

const binaries: TypedTable = {
  name: 'types_binaries',
  columns: [
    column('bytea', '\\x', '\\x00ff10', '\\xfbff', `\\x${'0123456789abcdef'.repeat(20)}`),
    column('bit', '1', '0'),
    { name: 'c_bit_one', type: 'bit(1)', values: ["B'1'", "B'0'"] },
    column('bit(12)', '100000000011', '000000000000', '000000000001', '111111111111'),
    column('bit(64)', '1'.repeat(64), `1${'0'.repeat(63)}`),
    column('varbit', '', '1', '000', '101010101'),
    column('varbit(1)', '1', '0', ''),
    column('varbit(5)', '101', '000', '10000', ''),
  ],
};

const dates = ['1970-01-01', '2024-02-29', '0001-01-01', '0044-03-15 BC', '4713-01-01 BC', '1582-10-10', '9999-12-31', '294276-12-31'];
const stamps = [
  '2024-02-29 23:59:59.999999',
  '1969-12-31 23:59:59.000001',
  '0001-01-01 00:00:00',
  '0044-03-15 12:34:56.7 BC',
  '4713-01-01 00:00:00 BC',
  '1582-10-10 01:02:03',
  '9999-12-31 23:59:59',
  '21016-11-04 06:51:30',
  '290000-12-31 23:59:59.999999',
  'infinity',
  '-infinity',
  '1900-01-01 00:00:00.5',
];
const instants = stamps.map((text) => (text.includes('infinity') ? text : text.replace(/( BC)?$/, '+02$1')));
const times = ['00:00:00', '24:00:00', '23:59:59.999999', '04:05:06.789', '11:51:30.1'];

const temporal: TypedTable = {
  name: 'types_times',
  columns: [
    column('date', ...dates, 'infinity', '-infinity', '5874897-12-31'),
    column('time', ...times),
    column('time(0)', ...times),
    column('time(3)', ...times),
    column('timetz', ...times.map((text) => `${text}+02`), '00:30:00+05:30', '12:00:00.5-15:59', '10:00:00Z'),
    column('timetz(3)', ...times.map((text) => `${text}-03`)),
    column('timestamp', ...stamps),
    column('timestamp(0)', ...stamps),
    column('timestamp(1)', ...stamps.slice(0, 3)),
    column('timestamp(3)', ...stamps),
    column('timestamp(5)', ...stamps.slice(0, 3)),
    column('moment', '2020-01-02 03:04:05.678'),
    column('timestamptz', ...instants),
    column('timestamptz(0)', ...instants),
    column('timestamptz(2)', ...instants.slice(0, 3)),
    column('timestamptz(3)', ...instants),
    column(
      'interval',
      '1 year 2 mons 3 days 04:05:06.78',
      '-00:00:00.5',
      '-1 day',
      '0',
      '-1 year -2 mons +3 days -04:05:06.000001',
      '178000000 years',
      '-178000000 years',
      '1 mon',
      '00:00:00.000001',
      '00:00:01.000001',
      '100:01:01.5',
      '1 year -1 mon',
      '14 mons -3 days 2 hours',
    ),
  ],
};

const ewkbPoint = '0101000020E6100000000000000000F03F0000000000000040';
/** With a height, a line, an empty point, and a collection that is measured. */
const ewkbShapes = [
  '01010000A0E6100000000000000000F03F00000000000000400000000000000840',
  '01020000000200000000000000000000000000000000000000000000000000F03F000000000000F83F',
  '0101000000000000000000F87F000000000000F87F',
  '0107000060110F0000020000000101000040000000000000F03F00000000000000400000000000001440010300004000000000',
];
/** A line, and an empty area. */
const ewkbPlaces = [
  '0102000020E61000000200000000000000000000000000000000000000000000000000F03F000000000000F83F',
  '0103000020E610000000000000',
];

const shapes: TypedTable = {
  name: 'types_shapes',
  columns: [
    column('point', '(1.5,-2)', '(0,0)', '(1e300,-1e-300)'),
    column('geometry', ewkbPoint, '0101000000000000000000F03F0000000000000040', ...ewkbShapes),
    column('geography', ewkbPoint, ...ewkbPlaces),
    column('vector', '[1,2.5,-3]', '[0.1]'),
    column('halfvec', '[1,2.5,-3]', '[0.1]'),
    column('sparsevec', '{1:1.5,3:-2}/5', '{}/3'),
  ],
};

const arrays: TypedTable = {
  name: 'types_arrays',
  columns: [
    column('smallint[]', '{1,NULL,-3}', '{}'),
    column('integer[]', '{1,NULL,-3}', '{}', '[0:1]={5,6}'),
    column('bigint[]', '{9223372036854775807,NULL}', '{}'),
    column('oid[]', '{4294967295}'),
    column('text[]', '{a,"b c","q\\"\\\\","NULL",NULL,""}', '{}', '{"{x}","a,b"}'),
    column('varchar(5)[]', '{a,bc}'),
    column('char(3)[]', '{a,bc}'),
    column('citext[]', '{A,b}'),
    column('numeric(5,1)[]', '{1.5,-2,NULL}'),
    column('numeric[]', '{1.50,100}'),
    column('real[]', '{1.5,NaN,NULL}'),
    column('double precision[]', '{1.5,Infinity}'),
    column('boolean[]', '{t,f,NULL}'),
    column('date[]', '{2020-01-01,NULL}', '{"0044-03-15 BC"}'),
    column('time[]', '{04:05:06.789}'),
    column('timetz[]', '{04:05:06.789+02}'),
    column('timestamp[]', '{"2020-01-01 00:00:00.5",NULL}'),
    column('timestamp(3)[]', '{"2020-01-01 00:00:00.5"}'),
    column('timestamptz[]', '{"2020-01-01 00:00:00+00"}'),
    column('uuid[]', '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'),
    column('json[]', '{"{\\"a\\": 1}"}'),
    column('jsonb[]', '{"{\\"a\\": 1}"}'),
    column('bytea[]', '{"\\\\x0102",NULL}'),
    column('mood[]', '{happy,calm}'),
    column('hstore[]', '{"\\"a\\"=>\\"1\\""}'),
    column('ltree[]', '{Top.Science}'),
    column('int4range[]', '{"[1,3)"}'),
    column('inet[]', '{10.0.0.1}'),
    column('cidr[]', '{10.0.0.0/8}'),
    column('macaddr[]', '{08:00:2b:01:02:03}'),
    column('price[]', '{1.50}'),
    column('short_text[]', '{a}'),
  ],
};

export const typedTables: readonly TypedTable[] = [numbers, texts, unknown, binaries, temporal, shapes, arrays];

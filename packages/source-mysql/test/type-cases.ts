/** Columns, a literal for each, and the physical value that both snapshot and log must make of it. */
export interface TypeCase {
  readonly type: string;
  readonly literal: string;
  readonly value: unknown;
}

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
const of = (type: string, literal: string, value: unknown): TypeCase => ({ type, literal, value });
const text = (type: string, value: string): TypeCase => of(type, `'${value}'`, value);

/** Big-endian two's complement in `width` bytes. */
const complement = (value: bigint, width: number): Buffer =>
  bytes(
    BigInt.asUintN(width * 8, value)
      .toString(16)
      .padStart(width * 2, '0'),
  );

const nines = 10n ** 65n - 1n;
const nineText = `${'9'.repeat(35)}.${'9'.repeat(30)}`;

export const numberCases: readonly TypeCase[] = [
  of('tinyint', '-128', -128),
  of('tinyint', '127', 127),
  of('tinyint unsigned', '255', 255),
  of('boolean', 'true', 1),
  of('smallint', '-32768', -32_768),
  of('smallint unsigned', '65535', 65_535),
  of('mediumint', '-8388608', -8_388_608),
  of('mediumint', '8388607', 8_388_607),
  of('mediumint unsigned', '16777215', 16_777_215),
  of('int', '-2147483648', -2_147_483_648),
  of('int(10) unsigned zerofill', '4294967295', 4_294_967_295),
  of('bigint', '-9223372036854775808', -9_223_372_036_854_775_808n),
  of('bigint', '9223372036854775807', 9_223_372_036_854_775_807n),
  of('bigint', '-1', -1),
  of('bigint', '9007199254740993', 9_007_199_254_740_993n),
  of('bigint unsigned', '18446744073709551615', -1),
  of('decimal(10,2)', '-12345678.90', bytes('b669fd2e')),
  of('decimal(65,30)', nineText, complement(nines, 28)),
  of('decimal(65,30)', `-${nineText}`, complement(-nines, 28)),
  of('decimal(18,18)', '0.000000000000000001', bytes('01')),
  of('decimal(5,0) unsigned', '99999', bytes('01869f')),
  of('decimal(9,4)', '-0.0001', bytes('ff')),
  of('float', '0.1', Math.fround(0.1)),
  of('float', '-1.5e30', Math.fround(-1.5e30)),
  of('double', '1.7976931348623157e308', 1.7976931348623157e308),
  of('double', '-2.2250738585072014e-308', -2.2250738585072014e-308),
  of('bit(1)', "b'1'", true),
  of('bit(1)', "b'0'", false),
  of('bit(10)', "b'1000000001'", bytes('0102')),
  of('bit(64)', "x'8000000000000001'", bytes('0100000000000080')),
  of('year', '1901', 1901),
  of('year', '2155', 2155),
  of('year', '0', 0),
];

export const textCases: readonly TypeCase[] = [
  of('char(5)', "'ab'", 'ab'),
  text('varchar(300)', 'größe 🌊'),
  text('varchar(20)', ''),
  text('varchar(20) character set latin1', 'größe €'),
  text('varchar(20) character set latin2', 'Łódź'),
  text('char(20) character set cp1251', 'Привет'),
  text('varchar(20) character set koi8r', 'Привет'),
  text('varchar(20) character set sjis', 'テスト'),
  text('varchar(20) character set ujis', 'テスト'),
  text('varchar(20) character set gbk', '测试'),
  text('varchar(20) character set big5', '測試'),
  text('varchar(20) character set euckr', '시험'),
  text('varchar(20) character set greek', 'Ελλάδα'),
  text('varchar(20) character set hebrew', 'שלום'),
  text('varchar(20) character set tis620', 'ทดสอบ'),
  text('varchar(20) character set utf8mb3', 'größe €'),
  text('char(20) character set utf16', '🌊x'),
  text('varchar(20) character set utf32', '🌊x'),
  text('varchar(20) character set ucs2', 'größe'),
  text('text character set latin1', 'größe'),
  text('tinytext', 'größe'),
  of('mediumtext', "repeat('ä', 70000)", 'ä'.repeat(70_000)),
  of('longtext', "''", ''),
  of('binary(4)', "x'0100'", bytes('01000000')),
  of('binary(16)', "x'00'", Buffer.alloc(16)),
  of('varbinary(300)', "x'00ff10'", bytes('00ff10')),
  of('blob', "x''", bytes('')),
  of('longblob', "repeat(x'ff', 300)", Buffer.alloc(300, 0xff)),
  of("enum('a','it''s','ü')", "'it''s'", "it's"),
  of("enum('a','ü') character set latin1", "'ü'", 'ü'),
  of("set('a','b','c','d','e','f','g','h','i')", "'a,i'", 'a,i'),
  of("set('a','b')", "''", ''),
];

const hours838 = (838 * 3_600 + 59 * 60 + 59) * 1_000_000;

export const temporalCases: readonly TypeCase[] = [
  of('date', "'1970-01-02'", 1),
  of('date', "'1000-01-01'", -354_285),
  of('date', "'9999-12-31'", 2_932_896),
  of('date', "'0000-00-00'", null),
  of('date', "'2024-00-10'", null),
  of('time', "'-838:59:59'", -hours838),
  of('time(6)', "'838:59:58.999999'", hours838 - 1),
  of('time(6)', "'-00:00:00.000001'", -1),
  of('time(3)', "'-11:12:13.456'", -40_333_456_000),
  of('time(1)', "'00:00:00.9'", 900_000),
  of('datetime', "'2024-02-29 23:59:59'", 1_709_251_199_000),
  of('datetime(1)', "'2024-02-29 23:59:59.9'", 1_709_251_199_900),
  of('datetime(3)', "'1000-01-01 00:00:00.001'", -30_610_223_999_999),
  of('datetime(4)', "'2024-02-29 23:59:59.1234'", 1_709_251_199_123_400),
  of('datetime(6)', "'9999-12-31 23:59:59.999999'", 253_402_300_799_999_999n),
  of('datetime(6)', "'0000-00-00'", null),
  of('timestamp', "'2038-01-19 03:14:07'", '2038-01-19T03:14:07Z'),
  of('timestamp(6)', "'1970-01-01 00:00:01.000001'", '1970-01-01T00:00:01.000001Z'),
];

export const mariadbCases: readonly TypeCase[] = [
  of('json', `'{"a": [1, null]}'`, '{"a": [1, null]}'),
  text('uuid', '123e4567-e89b-12d3-a456-426614174000'),
  text('uuid', '00000000-0000-0000-0000-000000000000'),
  text('inet4', '192.0.2.0'),
  text('inet6', '2001:db8::1'),
  text('inet6', '::ffff:192.0.2.1'),
  text('inet6', '::'),
];

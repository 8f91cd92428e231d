import { bytesOfUnscaled, decimalBytes, decimalSchema, int64, primitive, Struct, structOf, type Schema } from '@headrace/connector-api';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TableEvents } from './support/records.ts';
import { startTask } from './support/tasks.ts';
import { mariadbWithoutObjects, targets, withoutObjects, type TargetDatabase } from './support/targets.ts';

const named = (type: 'int32' | 'int64' | 'string' | 'bytes', name: string, parameters?: Record<string, string>): Schema =>
  primitive(type, { isOptional: true, name, version: 1, ...(parameters === undefined ? {} : { parameters }) });
const plain = (type: Parameters<typeof primitive>[0]): Schema => primitive(type, { isOptional: true });
const time = (name: string): string => `io.debezium.time.${name}`;
const data = (name: string): string => `io.debezium.data.${name}`;

const variable = structOf(
  [
    ['scale', primitive('int32')],
    ['value', primitive('bytes')],
  ],
  { isOptional: true, name: data('VariableScaleDecimal'), version: 1 },
);
const variableOf = (text: string, scale: number): Struct => new Struct(variable, [scale, decimalBytes(text, scale)]);

/** Text that each server shows for a value; one text where both agree. */
type Shown = string | { readonly postgres: string; readonly mysql: string };
type Case = readonly [kind: string, schema: Schema, values: readonly (readonly [value: unknown, shown: Shown])[]];

const LARGEST = '9'.repeat(65);

const cases: readonly Case[] = [
  [
    'int8',
    plain('int8'),
    [
      [-128, '-128'],
      [127, '127'],
    ],
  ],
  [
    'int16',
    plain('int16'),
    [
      [-32_768, '-32768'],
      [32_767, '32767'],
    ],
  ],
  [
    'int32',
    plain('int32'),
    [
      [-2_147_483_648, '-2147483648'],
      [2_147_483_647, '2147483647'],
      [0, '0'],
    ],
  ],
  [
    'int64',
    plain('int64'),
    [
      [int64(-(2n ** 63n)), '-9223372036854775808'],
      [int64(2n ** 63n - 1n), '9223372036854775807'],
      [4_294_967_295, '4294967295'],
      [int64(9_007_199_254_740_993n), '9007199254740993'],
    ],
  ],
  ['decimal of unsigned 64 bits', decimalSchema(0, { isOptional: true }), [[bytesOfUnscaled(2n ** 64n - 1n), '18446744073709551615']]],
  [
    'decimal(65,30)',
    decimalSchema(30, { isOptional: true, parameters: { 'connect.decimal.precision': '65' } }),
    [
      [bytesOfUnscaled(BigInt(LARGEST)), `${'9'.repeat(35)}.${'9'.repeat(30)}`],
      [bytesOfUnscaled(-BigInt(LARGEST)), `-${'9'.repeat(35)}.${'9'.repeat(30)}`],
      [bytesOfUnscaled(-1n), `-0.${'0'.repeat(29)}1`],
      [bytesOfUnscaled(0n), `0.${'0'.repeat(30)}`],
    ],
  ],
  [
    'decimal(12,2)',
    decimalSchema(2, { isOptional: true, parameters: { 'connect.decimal.precision': '12' } }),
    [
      [decimalBytes('-12.30', 2), '-12.30'],
      [decimalBytes('9999999999.99', 2), '9999999999.99'],
    ],
  ],
  [
    'variable-scale decimal',
    variable,
    [
      [variableOf('1.50', 2), '1.50'],
      [variableOf(`-${'7'.repeat(90)}.${'3'.repeat(40)}`, 40), `-${'7'.repeat(90)}.${'3'.repeat(40)}`],
    ],
  ],
  [
    'boolean',
    plain('boolean'),
    [
      [true, { postgres: 't', mysql: '1' }],
      [false, { postgres: 'f', mysql: '0' }],
    ],
  ],
  [
    'double',
    plain('float64'),
    [
      [0.1, '0.1'],
      [-2.5, '-2.5'],
      [1e-300, '1e-300'],
      [123_456_789.123_456_79, '123456789.12345679'],
    ],
  ],
  [
    'text',
    plain('string'),
    [
      ['', ''],
      [' a  ', ' a  '],
      [`'"\\\`;--%_?\n\r\t{}`, `'"\\\`;--%_?\n\r\t{}`],
      ['ü 漢 \u{1f600} e\u0301 \u200f', 'ü 漢 \u{1f600} e\u0301 \u200f'],
      ['NULL', 'NULL'],
      ['x'.repeat(100_000), 'x'.repeat(100_000)],
    ],
  ],
  [
    'Date',
    named('int32', time('Date')),
    [
      [0, '1970-01-01'],
      [-719_162, '0001-01-01'],
      [2_932_896, '9999-12-31'],
      [19_782, '2024-02-29'],
    ],
  ],
  ['Connect Date', named('int32', 'org.apache.kafka.connect.data.Date'), [[-1, '1969-12-31']]],
  [
    'Time',
    named('int32', time('Time')),
    [
      [0, { postgres: '00:00:00', mysql: '00:00:00.000' }],
      [86_399_999, '23:59:59.999'],
    ],
  ],
  [
    'MicroTime',
    named('int64', time('MicroTime')),
    [
      [1, '00:00:00.000001'],
      [86_399_999_999, '23:59:59.999999'],
    ],
  ],
  [
    'Timestamp',
    named('int64', time('Timestamp')),
    [
      [-1, '1969-12-31 23:59:59.999'],
      [253_402_300_799_999, '9999-12-31 23:59:59.999'],
    ],
  ],
  [
    'MicroTimestamp',
    named('int64', time('MicroTimestamp')),
    [
      [-1, '1969-12-31 23:59:59.999999'],
      [int64(253_402_300_799_999_999n), '9999-12-31 23:59:59.999999'],
      [1_709_251_199_123_456, '2024-02-29 23:59:59.123456'],
    ],
  ],
  [
    'ZonedTimestamp',
    named('string', time('ZonedTimestamp')),
    [
      ['2024-02-29T23:59:59.999999Z', { postgres: '2024-02-29 23:59:59.999999+00', mysql: '2024-02-29 23:59:59.999999' }],
      // As a transform that changes the zone writes it.
      ['2024-03-01T01:30:00.5+02:00', { postgres: '2024-02-29 23:30:00.5+00', mysql: '2024-02-29 23:30:00.500000' }],
    ],
  ],
  [
    'Uuid',
    named('string', data('Uuid')),
    [
      ['00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000'],
      ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
    ],
  ],
  [
    'Json',
    named('string', data('Json')),
    [
      [
        `{"b": 1.10, "a": ["ü", "\\"", null], "b": 12345678901234567890}`,
        `{"b": 1.10, "a": ["ü", "\\"", null], "b": 12345678901234567890}`,
      ],
      ['null', 'null'],
    ],
  ],
  [
    'Enum',
    named('string', data('Enum'), { allowed: 'a,b' }),
    [
      ['a', 'a'],
      ['not listed’s', 'not listed’s'],
    ],
  ],
];

describe.each([...targets, withoutObjects, mariadbWithoutObjects])('values in %s', (_, create) => {
  let target: TargetDatabase;
  beforeAll(async () => {
    target = await create();
  });
  afterAll(() => target.drop());

  let tables = 0;
  const tableOf = (schema: Schema): TableEvents =>
    new TableEvents({
      topic: `values_${String((tables += 1))}`,
      key: ['id'],
      columns: [
        ['id', primitive('int32')],
        ['value', schema],
      ],
    });

  test.each(cases)('of type %s come back exactly, and null with them', async (__, schema, values) => {
    const events = tableOf(schema);
    const { topic } = events.spec;
    await using task = await startTask(target, { topics: [topic] });
    const rows = [...values.map(([value]) => value), null];
    await task.put(...rows.map((value, id) => events.create({ id, value })));
    expect(task.reported.map(({ error }) => error.message)).toEqual([]);
    const shown = values.map(([, text]) => (typeof text === 'string' ? text : text[target.name]));
    const found = await target.rows(`SELECT ${target.quote('value')} AS shown FROM ${topic} ORDER BY id`);
    expect(found.map((row) => row['shown'])).toEqual([...shown, null]);
  });

  test('any bytes come back exactly', async () => {
    const events = tableOf(plain('bytes'));
    const { topic } = events.spec;
    const values = [Uint8Array.of(), Uint8Array.from({ length: 256 }, (__, index) => index), Uint8Array.of(0, 0x5c, 0x22, 0x27)];
    await using task = await startTask(target, { topics: [topic] });
    await task.put(...values.map((value, id) => events.create({ id, value })));
    const hex = target.name === 'postgres' ? `encode(value, 'hex')` : 'LOWER(HEX(value))';
    const found = await target.rows(`SELECT ${hex} AS shown FROM ${topic} ORDER BY id`);
    expect(found.map((row) => row['shown'])).toEqual(values.map((value) => Buffer.from(value).toString('hex')));
  });

  test('any texts, as values and as keys, come back exactly', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 }).filter((value) => !value.includes('\0'));
    const events = new TableEvents({
      topic: 'texts',
      key: ['id'],
      columns: [
        ['id', primitive('string')],
        ['value', plain('string')],
      ],
    });
    await using task = await startTask(target, { topics: ['texts'] });
    await task.put(events.create({ id: 'first', value: null }));
    await fc.assert(
      fc.asyncProperty(fc.dictionary(text, text, { maxKeys: 30 }), async (model) => {
        await task.put(events.truncate(), ...Object.entries(model).map(([id, value]) => events.create({ id, value })));
        expect(task.reported.map(({ error }) => error.message)).toEqual([]);
        const rows = await target.rows('SELECT id, value FROM texts');
        expect(new Map(rows.map(({ id, value }) => [id, value]))).toEqual(new Map(Object.entries(model)));
        await task.put(...Object.keys(model).map((id) => events.delete({ id })));
        expect(await target.rows('SELECT id FROM texts')).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });

  test('a float of 32 bits keeps its bits', async () => {
    const events = tableOf(plain('float32'));
    const { topic } = events.spec;
    const values = [0.1, -3.402_823_466_385_288_6e38, 1.175_494_350_822_287_5e-38, 16_777_217].map(Math.fround);
    await using task = await startTask(target, { topics: [topic] });
    await task.put(...values.map((value, id) => events.create({ id, value })));
    const double = target.name === 'postgres' ? 'value::double precision' : 'CAST(value AS double)';
    const found = await target.rows(`SELECT ${double} AS shown FROM ${topic} ORDER BY id`);
    expect(found.map((row) => Number(row['shown']))).toEqual(values);
  });
});

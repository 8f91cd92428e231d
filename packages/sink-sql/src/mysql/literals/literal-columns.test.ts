import { bytesOfUnscaled, int64 } from '@headrace/connector-api';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NotColumnar } from '../../dialect/not-columnar.ts';
import type { LogicalType } from '../../types/logical-type.ts';
import { timestampText } from '../../types/temporal-text.ts';
import { mysqlLiteral } from '../mysql-types.ts';
import type { LiteralColumn } from './literal-column.ts';
import { literalColumn } from './literal-columns.ts';

const columnOf = (type: LogicalType, columnType: string): LiteralColumn =>
  literalColumn({ name: 'c', quoted: '`c`', type, columnType, isFolded: false, encode: mysqlLiteral(type, columnType) });

/** The literals of a column, whose texts stand somewhere in other bytes. */
const literalsOf = (column: LiteralColumn, values: readonly unknown[]): string[] => {
  for (const value of values) {
    if (value === null) column.none();
    else if (typeof value === 'number') column.number(value);
    else if (typeof value === 'string') {
      const bytes = Buffer.from(`'${value}'`);
      column.text(bytes, 1, bytes.length - 1);
    } else column.value(value);
  }
  return values.map((_, row) => column.cells.bytes.toString('utf8', column.cells.start(row), column.cells.end(row)));
};

const integers = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.integer({ min: -1_000, max: 1_000 }));
const micros = fc.oneof(fc.integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 }), fc.integer({ min: -(10 ** 9), max: 10 ** 9 }));
const decimals = fc.oneof(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.bigInt({ min: -200n, max: 200n }));
const isoTexts = fc.oneof(
  fc.tuple(micros, fc.integer({ min: 0, max: 6 })).map(([value, digits]) => {
    const text = timestampText(value, 'us');
    return `${text.slice(0, 19).replace(' ', 'T')}${digits === 0 ? '' : text.slice(19, 20 + digits)}Z`;
  }),
  fc.constantFrom('2026-03-01T01:30:00.5+02:00', '2026-03-01T01:30:00.1234567Z', '2026-03-01T01:30Z', '2026-13-01T00:00:00Z'),
);

test.each([
  [
    'integers',
    { kind: 'integer', bits: 64 },
    'bigint',
    fc.oneof(integers, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(int64)),
  ],
  ['moments in microseconds', { kind: 'timestamp', unit: 'us' }, 'datetime(6)', micros],
  ['moments in milliseconds', { kind: 'timestamp', unit: 'ms' }, 'datetime(3)', micros.map((value) => Math.trunc(value / 1_000))],
  ['moments with a zone', { kind: 'zoned-timestamp' }, 'varchar(40)', isoTexts],
  ['decimals', { kind: 'decimal', scale: 2, precision: 20 }, 'decimal(20,2)', decimals.map((value) => bytesOfUnscaled(value))],
  ['decimals below one', { kind: 'decimal', scale: 15, precision: 20 }, 'decimal(20,15)', decimals.map((value) => bytesOfUnscaled(value))],
  ['whole decimals', { kind: 'decimal', scale: 0, precision: 20 }, 'decimal(20,0)', decimals.map((value) => bytesOfUnscaled(value))],
  ['decimals for a text', { kind: 'decimal', scale: 2, precision: 20 }, 'varchar(30)', decimals.map((value) => bytesOfUnscaled(value))],
  ['doubles', { kind: 'float', bits: 64 }, 'double', fc.double({ noNaN: true, noDefaultInfinity: true })],
] as readonly (readonly [string, LogicalType, string, fc.Arbitrary<unknown>])[])(
  '%s are the literals of the encoder',
  (_, type, columnType, values) => {
    const column = columnOf(type, columnType);
    const encode = mysqlLiteral(type, columnType);
    fc.assert(
      fc.property(fc.array(fc.option(values), { maxLength: 20 }), (batch) => {
        column.cells.clear();
        expect(literalsOf(column, batch)).toEqual(batch.map((value) => (value === null ? 'NULL' : encode(value))));
      }),
    );
  },
);

test('a string is quoted so that no byte of it ends the literal, and comes back as it was', () => {
  const column = columnOf({ kind: 'string', length: undefined }, 'longtext');
  const texts = fc.string({ unit: fc.constantFrom('a', "'", '\\', '"', '\0', '\n', 'é', '漢', '😀', '%', '\u001a'), maxLength: 100 });
  fc.assert(
    fc.property(texts, (text) => {
      column.cells.clear();
      const [literal = ''] = literalsOf(column, [text]);
      const inner = /^'((?:[^'\\\0]|\\['\\0])*)'$/su.exec(literal)?.[1];
      expect(inner?.replace(/\\(.)/gsu, (__, escaped: string) => (escaped === '0' ? '\0' : escaped))).toBe(text);
    }),
  );
});

test('more rows and bytes than there was room for are all there', () => {
  const column = columnOf({ kind: 'string', length: undefined }, 'longtext');
  const texts = Array.from({ length: 5_000 }, (_, row) => `row ${String(row)}`);
  expect(literalsOf(column, texts)).toEqual(texts.map((text) => `'${text}'`));
});

test('a year that the server does not have is left to objects, which tell of it', () => {
  const column = columnOf({ kind: 'timestamp', unit: 'ms' }, 'datetime(3)');
  expect(() => {
    column.number(Date.UTC(10_000, 0, 1));
  }).toThrow(NotColumnar);
});

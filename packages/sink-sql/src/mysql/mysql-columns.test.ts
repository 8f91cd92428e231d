import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { RowShape, TargetColumn } from '../table/table.ts';
import type { LogicalType } from '../types/logical-type.ts';
import { mysqlColumns } from './mysql-columns.ts';
import { mysqlRows } from './mysql-rows.ts';
import { mysqlLiteral } from './mysql-types.ts';

const columnOf = (name: string, type: LogicalType, columnType: string, isFolded = false): TargetColumn => ({
  name,
  quoted: `\`${name}\``,
  type,
  columnType,
  isFolded,
  encode: mysqlLiteral(type, columnType),
});

const id = columnOf('id', { kind: 'integer', bits: 64 }, 'bigint');
const code = columnOf('code', { kind: 'string', length: 20 }, 'varchar(20)', true);
const note = columnOf('note', { kind: 'string', length: undefined }, 'longtext');

const shapeOf = (columns: readonly TargetColumn[], keyCount: number): RowShape => ({
  table: { id: { schema: 's', name: 't' }, quoted: '`t`' },
  keyCount,
  columns,
  hasOtherUniqueKeys: false,
  keySignature: '',
  resources: [],
  references: [],
  isCascading: false,
});

type Values = readonly (number | string | null)[];

/** The texts of the statements for rows, as bytes of columns. */
const textsOf = (shape: RowShape, rows: readonly Values[], { kind, dropped, maxBytes = 1e6 }: Asked): readonly string[] => {
  const columns = mysqlColumns.rowsOf(shape);
  for (const row of rows) {
    row.forEach((value, index) => {
      const target = columns.targets[index];
      const bytes = Buffer.from(String(value));
      if (value === null) target?.none();
      else if (typeof value === 'number') target?.number(value);
      else target?.text(bytes, 0, bytes.length);
    });
  }
  const marks = dropped === undefined ? undefined : Uint8Array.from(rows, (_, row) => Number(dropped.has(row)));
  return Array.from(columns.statements(kind, marks)(maxBytes), ({ text }) => text.toString());
};

interface Asked {
  readonly kind: 'insert' | 'upsert' | 'delete';
  readonly dropped?: ReadonlySet<number>;
  readonly maxBytes?: number;
}

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 8 });
const rowsOf = (...parts: readonly fc.Arbitrary<number | string | null>[]): fc.Arbitrary<readonly Values[]> =>
  fc.array(fc.tuple(...parts), { minLength: 1, maxLength: 10 });

test.each([
  ['insert', shapeOf([id, note], 1), rowsOf(fc.integer(), fc.option(word))],
  ['upsert', shapeOf([id, note], 1), rowsOf(fc.integer(), fc.option(word))],
  ['upsert', shapeOf([code, id, note], 2), rowsOf(word, fc.integer(), fc.option(word))],
  ['delete', shapeOf([id], 1), rowsOf(fc.integer())],
  ['delete', shapeOf([code, id], 2), rowsOf(word, fc.integer())],
] as const)('%s: the statement is the one that rows which are objects have', (kind, shape, rows) => {
  fc.assert(
    fc.property(rows, fc.uniqueArray(fc.integer({ min: 1, max: 9 })), (all, indexes) => {
      const dropped = new Set(indexes);
      const kept = all.filter((_, row) => !dropped.has(row));
      const encoded = kept.map((row) => row.map((value, index) => (value === null ? null : (shape.columns[index]?.encode(value) ?? null))));
      const { table, columns, keyCount, hasOtherUniqueKeys } = shape;
      const { text } = mysqlRows[kind]({ table, columns, keyCount, hasOtherUniqueKeys, rows: encoded });
      expect(textsOf(shape, all, { kind, dropped })).toEqual([text]);
    }),
  );
});

test('rows are as many statements as it takes for each to be small enough, and a row that is larger is alone', () => {
  const rows = [1, 2, 3, 4, 5, 6].map((row): Values => [row, row === 4 ? 'x'.repeat(500) : 'y'.repeat(40)]);
  const texts = textsOf(shapeOf([id, note], 1), rows, { kind: 'insert', maxBytes: 160 });
  expect(texts.map((text) => Array.from(text.matchAll(/\((\d),'/g), ([, found]) => Number(found)))).toEqual([[1, 2], [3], [4], [5, 6]]);
  expect(texts.filter((text) => text.length > 160)).toHaveLength(1);
});

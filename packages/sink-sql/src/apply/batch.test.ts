import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { EncodedValue } from '../dialect/row-statements.ts';
import { UNAVAILABLE, type Change, type ChangeValue } from '../record/change.ts';
import type { RowShape, TargetColumn, TargetTable } from '../table/table.ts';
import { planOperations, type InsertMode, type PlannedOperation } from './batch.ts';

const columnOf = (name: string): TargetColumn => ({
  name,
  quoted: name,
  type: { kind: 'string', length: undefined },
  columnType: 'text',
  isFolded: false,
  encode: String,
});

const tables = ['a', 'b'].map((name): TargetTable => ({ id: { schema: 's', name }, quoted: name }));

const shapeOf = (table: TargetTable, names: readonly string[]): RowShape => ({
  table,
  keyCount: 1,
  columns: names.map(columnOf),
  hasOtherUniqueKeys: false,
  keySignature: '["id"]',
  resources: [],
  references: [],
  isCascading: false,
});

/** Per table: the key alone, and rows before and after a column was added. */
const shapes = tables.map((table) => ({
  key: shapeOf(table, ['id']),
  rows: [shapeOf(table, ['id', 'x', 'y']), shapeOf(table, ['id', 'x', 'y', 'z'])],
}));

type Row = Record<string, EncodedValue>;
type Model = Map<string, Map<string, Row>>;

const rowsOf = (model: Model, table: TargetTable): Map<string, Row> => {
  const rows = model.get(table.quoted) ?? new Map<string, Row>();
  model.set(table.quoted, rows);
  return rows;
};

/** `mayCreate`: a row that is not there is made. */
const write = (rows: Map<string, Row>, row: Row, mayCreate: boolean): void => {
  const key = String(row['id']);
  const found = rows.get(key);
  if (found !== undefined || mayCreate) rows.set(key, { ...found, ...row });
};

const applyChange = (model: Model, change: Change, mode: InsertMode): void => {
  const rows = rowsOf(model, change.kind === 'truncate' ? change.table : change.shape.table);
  if (change.kind !== 'write') {
    if (change.kind === 'truncate') rows.clear();
    else rows.delete(change.key);
    return;
  }
  const row: Row = {};
  for (const [index, { name }] of change.shape.columns.entries()) {
    const value = change.values[index];
    if (value !== UNAVAILABLE) row[name] = value ?? null;
  }
  write(rows, row, mode !== 'update' && !change.isPartial);
};

const applyOperation = (model: Model, operation: PlannedOperation): void => {
  if (operation.kind === 'truncate') {
    rowsOf(model, operation.table).clear();
    return;
  }
  const { columns, rows: values, table } = operation.batch;
  const rows = rowsOf(model, table);
  const keys = values.map(([key]) => key);
  expect(new Set(keys).size).toBe(keys.length);
  for (const value of values) {
    expect(value).toHaveLength(columns.length);
    if (operation.kind === 'delete') rows.delete(String(value[0]));
    else {
      const row = Object.fromEntries(columns.map(({ name }, index) => [name, value[index] ?? null]));
      write(rows, row, operation.kind === 'insert' || operation.kind === 'upsert');
    }
  }
};

const value: fc.Arbitrary<ChangeValue> = fc.constantFrom<ChangeValue>('1', '2', '3', null, UNAVAILABLE);

const change: fc.Arbitrary<Change> = fc
  .record({
    table: fc.nat(1),
    kind: fc.constantFrom('write', 'write', 'write', 'delete', 'truncate'),
    version: fc.nat(1),
    key: fc.constantFrom('k1', 'k2', 'k3'),
    values: fc.tuple(value, value, value),
  })
  .map(({ table, kind, version, key, values }): Change => {
    const { key: keyShape, rows } = shapes[table]!;
    const shape = rows[version]!;
    if (kind === 'truncate') return { kind: 'truncate', table: tables[table]! };
    if (kind === 'delete') return { kind: 'delete', shape: keyShape, key, values: [key] };
    const written = [key, ...values].slice(0, shape.columns.length);
    return { kind: 'write', shape, key, values: written, isPartial: written.includes(UNAVAILABLE) };
  });

const plain = (model: Model): unknown => Object.fromEntries([...model].map(([name, rows]) => [name, Object.fromEntries(rows)]));

describe('planned operations', () => {
  test.each<InsertMode>(['upsert', 'update'])('leave the rows that the changes one by one leave (%s)', (mode) => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), fc.array(change, { maxLength: 30 }), (before, changes) => {
        const oneByOne: Model = new Map();
        const planned: Model = new Map();
        for (const model of [oneByOne, planned]) {
          for (const table of tables) rowsOf(model, table);
          for (const earlier of before) applyChange(model, earlier, 'upsert');
        }
        for (const single of changes) applyChange(oneByOne, single, mode);
        for (const operation of planOperations(changes, mode)) applyOperation(planned, operation);
        expect(plain(planned)).toEqual(plain(oneByOne));
      }),
      { numRuns: 500 },
    );
  });

  test('changes of one key become one statement', () => {
    const shape = shapes[0]!.rows[0]!;
    const writes = ['1', '2', '3'].map((x): Change => ({ kind: 'write', shape, key: 'k', values: ['k', x, x], isPartial: false }));
    expect(planOperations(writes, 'upsert').map(({ kind }) => kind)).toEqual(['upsert']);
  });

  test('in insert mode no write is left out: a second row of a key is the target’s to refuse', () => {
    const shape = shapes[0]!.rows[0]!;
    const writes = ['1', '2'].map((x): Change => ({ kind: 'write', shape, key: 'k', values: ['k', x, x], isPartial: false }));
    expect(planOperations(writes, 'insert').map(({ kind }) => kind)).toEqual(['insert', 'insert']);
  });

  test('rows without a key are all written, in their order', () => {
    const shape: RowShape = { ...shapes[0]!.rows[0]!, keyCount: 0, keySignature: '[]' };
    const writes = ['1', '2', '1'].map((x): Change => ({ kind: 'write', shape, key: undefined, values: [x, x, x], isPartial: false }));
    const operations = planOperations(writes, 'insert');
    expect(operations.flatMap((operation) => (operation.kind === 'truncate' ? [] : operation.batch.rows.map(([x]) => x)))).toEqual([
      '1',
      '2',
      '1',
    ]);
  });
});

/** Tables drawn at random, and single statements on their rows; each is valid whatever came before. */
import fc from 'fast-check';
import { columnName, touchAll, type Dialect, type GeneratedColumn, type GeneratedTable } from './dialect.ts';

/** Rows are few, so that they meet. */
export const rowNumbers = [0, 1, 2, 3, 4];
const row = fc.constantFrom(...rowNumbers);

const columnOf = ({ types, longType, neverRequired }: Dialect): fc.Arbitrary<GeneratedColumn> =>
  fc
    .record({ type: fc.constantFrom(...types, longType, longType, longType), isRequired: fc.boolean() })
    .map(({ type, isRequired }): GeneratedColumn => ({ type, isRequired: isRequired && !neverRequired.has(type.sql) }));

export const generatedTables = (dialect: Dialect): fc.Arbitrary<readonly GeneratedTable[]> => {
  const shape = fc.record<Omit<GeneratedTable, 'name'>>({
    key: fc.constantFrom(...dialect.keys),
    hasTwoKeys: fc.boolean(),
    identity: fc.constantFrom('DEFAULT', 'FULL', 'INDEX'),
    columns: fc.array(columnOf(dialect), { minLength: 1, maxLength: 8 }),
    isLate: fc.integer({ min: 0, max: 3 }).map((draw) => draw === 3),
  });
  return fc
    .array(shape, { minLength: 1, maxLength: 5 })
    .map((shapes) => shapes.map((table, index) => ({ ...table, name: `g${String(index)}` })));
};

const valueOf = ({ type, isRequired }: GeneratedColumn): fc.Arbitrary<string> =>
  isRequired ? type.value : fc.oneof({ weight: 4, arbitrary: type.value }, { weight: 1, arbitrary: fc.constant('NULL') });

/** Inserts the row, or gives it these values. */
export const put = (dialect: Dialect, table: GeneratedTable, rows: fc.Arbitrary<number> = row): fc.Arbitrary<string> =>
  fc.tuple(rows, ...table.columns.map(valueOf)).map(([number, ...values]) => {
    const names = values.map((_, at) => columnName(at));
    const inserted = [table.key.of(number), 0, ...values].join(', ');
    return `INSERT INTO ${table.name} (id, n, ${names.join(', ')}) VALUES (${inserted}) ${dialect.onConflict(table, names)}`;
  });

const setOne = ({ name, key, columns }: GeneratedTable): fc.Arbitrary<string> =>
  fc.nat(columns.length - 1).chain((at) => {
    const column = columns[at];
    if (column === undefined) return fc.constant('SELECT 1');
    return fc.tuple(row, valueOf(column)).map(([of, value]) => `UPDATE ${name} SET ${columnName(at)} = ${value} WHERE id = ${key.of(of)}`);
  });

/** Changes of rows that a transaction may hold. */
export const changeOf = (dialect: Dialect, table: GeneratedTable): fc.Arbitrary<string> => {
  const { name, key } = table;
  const moved = fc.tuple(row, row).map(([from, to]) => dialect.changeKey(table, key.of(from), key.of(to)));
  return fc.oneof(
    { weight: 10, arbitrary: put(dialect, table) },
    { weight: 6, arbitrary: setOne(table) },
    { weight: 4, arbitrary: row.map((of) => `UPDATE ${name} SET n = n + 1 WHERE id = ${key.of(of)}`) },
    { weight: 1, arbitrary: row.map((of) => `UPDATE ${name} SET n = n WHERE id = ${key.of(of)}`) },
    { weight: 1, arbitrary: fc.constant(touchAll(name)) },
    { weight: 4, arbitrary: row.map((of) => `DELETE FROM ${name} WHERE id = ${key.of(of)}`) },
    { weight: 4, arbitrary: moved },
    { weight: 1, arbitrary: fc.constant(`DELETE FROM ${name}`) },
  );
};

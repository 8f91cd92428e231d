/** Tables drawn at random, and single statements on their rows; each is valid whatever came before. */
import fc from 'fast-check';
import { generatedKeys, generatedTypes, longType, neverRequired, type GeneratedKey, type GeneratedType } from './generated-types.ts';

interface GeneratedColumn {
  readonly type: GeneratedType;
  readonly isRequired: boolean;
}

export interface GeneratedTable {
  readonly name: string;
  readonly key: GeneratedKey;
  /** Another column stands before the one that changes. */
  readonly hasTwoKeys: boolean;
  readonly identity: 'DEFAULT' | 'FULL' | 'INDEX';
  readonly columns: readonly GeneratedColumn[];
  /** Made when the connectors stream already. */
  readonly isLate: boolean;
}

/** Rows are few, so that they meet. */
export const rowNumbers = [0, 1, 2, 3, 4];
const row = fc.constantFrom(...rowNumbers);

const column = fc
  .record({ type: fc.constantFrom(...generatedTypes, longType, longType, longType), isRequired: fc.boolean() })
  .map(({ type, isRequired }): GeneratedColumn => ({ type, isRequired: isRequired && !neverRequired.has(type.sql) }));

const shape = fc.record<Omit<GeneratedTable, 'name'>>({
  key: fc.constantFrom(...generatedKeys),
  hasTwoKeys: fc.boolean(),
  identity: fc.constantFrom('DEFAULT', 'FULL', 'INDEX'),
  columns: fc.array(column, { minLength: 1, maxLength: 8 }),
  isLate: fc.integer({ min: 0, max: 3 }).map((draw) => draw === 3),
});

export const generatedTables: fc.Arbitrary<readonly GeneratedTable[]> = fc
  .array(shape, { minLength: 1, maxLength: 5 })
  .map((shapes) => shapes.map((table, index) => ({ ...table, name: `g${String(index)}` })));

const columnName = (index: number): string => `c${String(index)}`;
const keyColumns = ({ hasTwoKeys }: GeneratedTable): string => (hasTwoKeys ? 'k, id' : 'id');

export const createTable = (table: GeneratedTable): readonly string[] => {
  const { name, identity, columns } = table;
  const defined = columns.map(({ type, isRequired }, at) => `${columnName(at)} ${type.sql}${isRequired ? ' NOT NULL' : ''}`);
  const first = [`id ${table.key.sql}`, 'n integer', ...(table.hasTwoKeys ? ['k integer DEFAULT 1'] : [])];
  return [
    `CREATE TABLE ${name} (${[...first, ...defined, `PRIMARY KEY (${keyColumns(table)})`].join(', ')})`,
    `CREATE UNIQUE INDEX ${name}_again ON ${name} (${keyColumns(table)})`,
    identityOf(table, identity),
  ];
};

export const identityOf = ({ name }: GeneratedTable, identity: GeneratedTable['identity']): string =>
  `ALTER TABLE ${name} REPLICA IDENTITY ${identity === 'INDEX' ? `USING INDEX ${name}_again` : identity}`;

const valueOf = ({ type, isRequired }: GeneratedColumn): fc.Arbitrary<string> =>
  isRequired ? type.value : fc.oneof({ weight: 4, arbitrary: type.value }, { weight: 1, arbitrary: fc.constant('NULL') });

/** Inserts the row, or gives it these values. */
export const put = (table: GeneratedTable, rows: fc.Arbitrary<number> = row): fc.Arbitrary<string> =>
  fc.tuple(rows, ...table.columns.map(valueOf)).map(([number, ...values]) => {
    const names = values.map((_, at) => columnName(at));
    const sets = names.map((column) => `${column} = EXCLUDED.${column}`);
    return (
      `INSERT INTO ${table.name} (id, n, ${names.join(', ')}) VALUES (${[table.key.of(number), 0, ...values].join(', ')})` +
      ` ON CONFLICT (${keyColumns(table)}) DO UPDATE SET ${sets.join(', ')}`
    );
  });

const setOne = ({ name, key, columns }: GeneratedTable): fc.Arbitrary<string> =>
  fc.nat(columns.length - 1).chain((at) => {
    const column = columns[at];
    if (column === undefined) return fc.constant('SELECT 1');
    return fc.tuple(row, valueOf(column)).map(([of, value]) => `UPDATE ${name} SET ${columnName(at)} = ${value} WHERE id = ${key.of(of)}`);
  });

const changeKey = ({ name, key }: GeneratedTable): fc.Arbitrary<string> =>
  fc
    .tuple(row, row)
    .map(
      ([from, to]) =>
        `UPDATE ${name} SET id = ${key.of(to)} WHERE id = ${key.of(from)} AND NOT EXISTS (SELECT FROM ${name} WHERE id = ${key.of(to)})`,
    );

export const changeOf = (table: GeneratedTable): fc.Arbitrary<string> => {
  const { name, key } = table;
  return fc.oneof(
    { weight: 10, arbitrary: put(table) },
    { weight: 6, arbitrary: setOne(table) },
    { weight: 4, arbitrary: row.map((of) => `UPDATE ${name} SET n = n + 1 WHERE id = ${key.of(of)}`) },
    { weight: 1, arbitrary: row.map((of) => `UPDATE ${name} SET n = n WHERE id = ${key.of(of)}`) },
    { weight: 1, arbitrary: fc.constant(`UPDATE ${name} SET n = coalesce(n, 0) + 1`) },
    { weight: 4, arbitrary: row.map((of) => `DELETE FROM ${name} WHERE id = ${key.of(of)}`) },
    { weight: 4, arbitrary: changeKey(table) },
    { weight: 1, arbitrary: fc.constant(`TRUNCATE ${name}`) },
    { weight: 1, arbitrary: fc.constant(`DELETE FROM ${name}`) },
  );
};

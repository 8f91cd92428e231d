/** Tables and what happens to their rows, drawn at random; every statement is valid whatever came before. */
import fc from 'fast-check';
import type { Chapter, Corpus } from '../parity-run.ts';
import { generatedTypes, longType, type GeneratedType } from './generated-types.ts';
import { typeDefinitions } from './types.ts';

interface GeneratedColumn {
  readonly type: GeneratedType;
  readonly isRequired: boolean;
}

interface GeneratedTable {
  readonly columns: readonly GeneratedColumn[];
  readonly hasWholeOldRows: boolean;
}

/** Rows are few, so that they meet. */
const id = fc.nat(4);

const tableOf = fc.record<GeneratedTable>({
  columns: fc.array(fc.record({ type: fc.constantFrom(...generatedTypes, longType, longType), isRequired: fc.boolean() }), {
    minLength: 1,
    maxLength: 5,
  }),
  hasWholeOldRows: fc.boolean(),
});

const tableName = (index: number): string => `g${String(index)}`;
const columnName = (index: number): string => `c${String(index)}`;

const createTable = ({ columns, hasWholeOldRows }: GeneratedTable, index: number): readonly string[] => {
  const name = tableName(index);
  const defined = columns.map(({ type, isRequired }, at) => `${columnName(at)} ${type.sql}${isRequired ? ' NOT NULL' : ''}`);
  return [
    `CREATE TABLE ${name} (id integer PRIMARY KEY, n integer, ${defined.join(', ')})`,
    ...(hasWholeOldRows ? [`ALTER TABLE ${name} REPLICA IDENTITY FULL`] : []),
  ];
};

const valueOf = ({ type, isRequired }: GeneratedColumn): fc.Arbitrary<string> =>
  isRequired ? type.value : fc.oneof({ weight: 4, arbitrary: type.value }, { weight: 1, arbitrary: fc.constant('NULL') });

/** Inserts the row, or gives it these values. */
const put = ({ columns }: GeneratedTable, name: string, key: fc.Arbitrary<number> = id): fc.Arbitrary<string> =>
  fc.tuple(key, ...columns.map(valueOf)).map(([row, ...values]) => {
    const names = values.map((_, at) => columnName(at));
    const sets = names.map((column) => `${column} = EXCLUDED.${column}`);
    return `INSERT INTO ${name} (id, n, ${names.join(', ')}) VALUES (${[row, 0, ...values].join(', ')}) ON CONFLICT (id) DO UPDATE SET ${sets.join(', ')}`;
  });

const setOne = ({ columns }: GeneratedTable, name: string): fc.Arbitrary<string> =>
  fc.nat(columns.length - 1).chain((at) => {
    const column = columns[at];
    if (column === undefined) return fc.constant('SELECT 1');
    return fc.tuple(id, valueOf(column)).map(([key, value]) => `UPDATE ${name} SET ${columnName(at)} = ${value} WHERE id = ${String(key)}`);
  });

const changeOf = (table: GeneratedTable, name: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 5, arbitrary: put(table, name) },
    { weight: 3, arbitrary: setOne(table, name) },
    { weight: 2, arbitrary: id.map((key) => `UPDATE ${name} SET n = n + 1 WHERE id = ${String(key)}`) },
    { weight: 2, arbitrary: id.map((key) => `DELETE FROM ${name} WHERE id = ${String(key)}`) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(id, id)
        .map(
          ([from, to]) =>
            `UPDATE ${name} SET id = ${String(to)} WHERE id = ${String(from)} AND NOT EXISTS (SELECT FROM ${name} WHERE id = ${String(to)})`,
        ),
    },
    { weight: 1, arbitrary: fc.constant(`TRUNCATE ${name}`) },
  );

/** Changes one by one, or in a transaction that is kept or not. */
const work = (tables: readonly GeneratedTable[]): fc.Arbitrary<readonly string[]> => {
  const change = fc.nat(tables.length - 1).chain((index) => {
    const table = tables[index];
    return table === undefined ? fc.constant('SELECT 1') : changeOf(table, tableName(index));
  });
  const transaction = fc
    .tuple(fc.array(change, { minLength: 1, maxLength: 5 }), fc.constantFrom('COMMIT', 'COMMIT', 'ROLLBACK'))
    .map(([changes, end]) => ['BEGIN', ...changes, end].join('; '));
  return fc.array(fc.oneof({ weight: 3, arbitrary: change }, { weight: 1, arbitrary: transaction }), { minLength: 1, maxLength: 12 });
};

/** A column that comes or goes. Every row is touched after it: the log tells nothing of what stands in the others. */
const alteration = (tableCount: number): fc.Arbitrary<Alteration> =>
  fc.record({
    table: fc.nat(tableCount - 1),
    isDrop: fc.boolean(),
    type: fc.constantFrom('integer NOT NULL DEFAULT 7', "text DEFAULT 'x'", 'numeric(5,1)', 'timestamptz'),
  });

interface Alteration {
  readonly table: number;
  readonly isDrop: boolean;
  readonly type: string;
}

const alterationChapter = ({ table, isDrop, type }: Alteration, index: number): Chapter => {
  const name = tableName(table);
  const touch = `UPDATE ${name} SET n = coalesce(n, 0) + 1`;
  const dropAll = `DO $$ DECLARE c text; BEGIN FOR c IN SELECT attname FROM pg_attribute
    WHERE attrelid = '${name}'::regclass AND attnum > 0 AND attname LIKE 'x%' AND NOT attisdropped LOOP EXECUTE format('ALTER TABLE ${name} DROP %I', c); END LOOP; END $$`;
  const alter = isDrop ? dropAll : `ALTER TABLE ${name} ADD COLUMN x${String(index)} ${type}`;
  return { title: `alteration ${String(index)}`, statements: [alter, touch] };
};

/** By ascending key: a snapshot of ours reads rows in that order, the peer's as they lie. */
const firstRows = (tables: readonly GeneratedTable[]): fc.Arbitrary<readonly string[]> =>
  fc
    .tuple(
      ...tables.map((table, index) =>
        fc.subarray([0, 1, 2, 3, 4]).chain((keys) => fc.tuple(...keys.map((key) => put(table, tableName(index), fc.constant(key))))),
      ),
    )
    .map((rows) => rows.flat());

const corpusOf = (tables: readonly GeneratedTable[]): fc.Arbitrary<Corpus> =>
  fc
    .record({
      first: firstRows(tables),
      parts: fc.array(fc.tuple(work(tables), fc.option(alteration(tables.length))), { minLength: 1, maxLength: 4 }),
    })
    .map(({ first, parts }) => ({
      setUp: [...typeDefinitions, ...tables.flatMap(createTable)],
      firstRows: first,
      chapters: parts.flatMap(([statements, change], index) => [
        { title: `work ${String(index)}`, statements },
        ...(change === null ? [] : [alterationChapter(change, index)]),
      ]),
    }));

export const histories: fc.Arbitrary<Corpus> = fc.array(tableOf, { minLength: 1, maxLength: 3 }).chain(corpusOf);

/** What happens to tables, drawn at random; every statement is valid whatever came before. */
import fc from 'fast-check';
import type { Chapter, Corpus } from '../parity-run.ts';
import { touchAll, type Dialect, type GeneratedTable } from './dialect.ts';
import { changeOf, generatedTables, put, rowNumbers } from './generated-table.ts';

type Weighted = fc.WeightedArbitrary<string>;

/** Many rows more than a transaction keeps in memory where it is large, and many batches. */
const flood = ({ name }: GeneratedTable): string => Array<string>(60).fill(touchAll(name)).join('; ');

/** Changes one by one, or in a transaction that is kept or not, as a whole or from a savepoint on. */
const work = (dialect: Dialect, tables: readonly GeneratedTable[]): fc.Arbitrary<readonly string[]> => {
  const table = fc.constantFrom(...tables);
  const truncates: Weighted[] = [
    { weight: 1, arbitrary: table.map((only) => dialect.truncate([only])) },
    { weight: 1, arbitrary: fc.constant(dialect.truncate(tables)) },
  ];
  const inside: Weighted[] = [
    { weight: 30, arbitrary: table.chain((of) => changeOf(dialect, of)) },
    { weight: 1, arbitrary: table.map(flood) },
    ...dialect.messages.map((arbitrary): Weighted => ({ weight: 1, arbitrary })),
    ...(dialect.truncatesInTransactions ? truncates : []),
  ];
  const changes = fc.array(fc.oneof(...inside), { minLength: 1, maxLength: 6 });
  const nested = fc
    .tuple(changes, fc.constantFrom('RELEASE SAVEPOINT s', 'ROLLBACK TO SAVEPOINT s'))
    .map(([statements, end]) => ['SAVEPOINT s', ...statements, end]);
  const transaction = fc
    .tuple(changes, fc.option(nested), changes, fc.constantFrom('COMMIT', 'COMMIT', 'ROLLBACK'))
    .map(([before, inner, after, end]) => ['BEGIN', ...before, ...(inner ?? []), ...after, end].join('; '));
  const alone = fc.oneof(...inside, ...(dialect.truncatesInTransactions ? [] : truncates));
  return fc.array(fc.oneof({ weight: 3, arbitrary: alone }, { weight: 1, arbitrary: transaction }), { minLength: 1, maxLength: 20 });
};

/** By ascending key: a snapshot of ours reads rows in that order, the peer's as they lie. */
const firstRows = (dialect: Dialect, tables: readonly GeneratedTable[]): fc.Arbitrary<readonly string[]> =>
  fc
    .tuple(
      ...tables.map((table) =>
        fc.subarray(rowNumbers).chain((numbers) => fc.tuple(...numbers.map((number) => put(dialect, table, fc.constant(number))))),
      ),
    )
    .map((rows) => rows.flat());

/** The table is chosen with the alteration, so that a smaller example keeps its own. */
const alterationOf = (dialect: Dialect, tables: readonly GeneratedTable[], number: number): fc.Arbitrary<readonly Chapter[]> =>
  fc
    .constantFrom(...tables)
    .chain((table) => fc.oneof(...dialect.alterations(table, number)))
    .map((chapters) => chapters.map((statements, step) => ({ title: `alteration ${String(number)}.${String(step)}`, statements })));

const part = (dialect: Dialect, tables: readonly GeneratedTable[], number: number): fc.Arbitrary<readonly Chapter[]> =>
  fc
    .tuple(work(dialect, tables), fc.option(alterationOf(dialect, tables, number)))
    .map(([statements, alteration]) => [{ title: `work ${String(number)}`, statements }, ...(alteration ?? [])]);

const corpusOf = (dialect: Dialect, tables: readonly GeneratedTable[]): fc.Arbitrary<Corpus> => {
  const [early, late] = [tables.filter(({ isLate }) => !isLate), tables.filter(({ isLate }) => isLate)];
  const created = (which: readonly GeneratedTable[]): readonly string[] => which.flatMap((table) => dialect.createTable(table));
  return fc
    .record({
      first: firstRows(dialect, early),
      parts: fc.nat(3).chain((last) => fc.tuple(...Array.from({ length: last + 1 }, (_, number) => part(dialect, tables, number)))),
    })
    .map(({ first, parts }) => ({
      setUp: [...dialect.setUp, ...created(early)],
      firstRows: first,
      // Even without tables there is a transaction: what comes without one, a message, has the time of that before it.
      chapters: [{ title: 'late tables', statements: created(late) }, ...parts.flat()],
    }));
};

export const historiesOf = (dialect: Dialect): fc.Arbitrary<Corpus> =>
  generatedTables(dialect).chain((tables) => corpusOf(dialect, tables));

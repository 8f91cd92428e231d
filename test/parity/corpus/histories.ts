/** What happens to tables, drawn at random; every statement is valid whatever came before. */
import fc from 'fast-check';
import type { Chapter, Corpus } from '../parity-run.ts';
import { alterationOf } from './alterations.ts';
import { changeOf, createTable, generatedTables, put, rowNumbers, type GeneratedTable } from './generated-table.ts';
import { typeDefinitions } from './types.ts';

const message = fc
  .record({ isTransactional: fc.boolean(), prefix: fc.constantFrom('a', 'b c'), content: fc.constantFrom('', 'text', 'ä🌊') })
  .map(({ isTransactional, prefix, content }) => `SELECT pg_logical_emit_message(${String(isTransactional)}, '${prefix}', '${content}')`);

/** Changes one by one, or in a transaction that is kept or not, as a whole or from a savepoint on. */
const work = (tables: readonly GeneratedTable[]): fc.Arbitrary<readonly string[]> => {
  const change = fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...tables).chain(changeOf) },
    { weight: 1, arbitrary: message },
    { weight: 1, arbitrary: fc.constant(`TRUNCATE ${tables.map(({ name }) => name).join(', ')}`) },
  );
  const changes = fc.array(change, { minLength: 1, maxLength: 6 });
  const nested = fc
    .tuple(changes, fc.constantFrom('RELEASE s', 'ROLLBACK TO s'))
    .map(([statements, end]) => ['SAVEPOINT s', ...statements, end]);
  const transaction = fc
    .tuple(changes, fc.option(nested), changes, fc.constantFrom('COMMIT', 'COMMIT', 'ROLLBACK'))
    .map(([before, inner, after, end]) => ['BEGIN', ...before, ...(inner ?? []), ...after, end].join('; '));
  return fc.array(fc.oneof({ weight: 3, arbitrary: change }, { weight: 1, arbitrary: transaction }), { minLength: 1, maxLength: 20 });
};

/** By ascending key: a snapshot of ours reads rows in that order, the peer's as they lie. */
const firstRows = (tables: readonly GeneratedTable[]): fc.Arbitrary<readonly string[]> =>
  fc
    .tuple(
      ...tables.map((table) =>
        fc.subarray(rowNumbers).chain((numbers) => fc.tuple(...numbers.map((number) => put(table, fc.constant(number))))),
      ),
    )
    .map((rows) => rows.flat());

/** Transactions larger than this are streamed to ours while they run. */
const streamEarly =
  "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET logical_decoding_work_mem = %L', current_database(), '64kB'); END $$";

/** The table is chosen with the alteration, so that a smaller example keeps its own. */
const part = (tables: readonly GeneratedTable[], number: number): fc.Arbitrary<readonly Chapter[]> =>
  fc
    .tuple(work(tables), fc.option(fc.constantFrom(...tables).chain((table) => alterationOf(table, number))))
    .map(([statements, alteration]) => [
      { title: `work ${String(number)}`, statements },
      ...(alteration === null ? [] : [{ title: `alteration ${String(number)}`, statements: alteration }]),
    ]);

const corpusOf = (tables: readonly GeneratedTable[]): fc.Arbitrary<Corpus> => {
  const [early, late] = [tables.filter(({ isLate }) => !isLate), tables.filter(({ isLate }) => isLate)];
  return fc
    .record({
      first: firstRows(early),
      parts: fc.nat(3).chain((last) => fc.tuple(...Array.from({ length: last + 1 }, (_, number) => part(tables, number)))),
    })
    .map(({ first, parts }) => ({
      setUp: [streamEarly, ...typeDefinitions, ...early.flatMap(createTable)],
      firstRows: first,
      chapters: [...(late.length === 0 ? [] : [{ title: 'late tables', statements: late.flatMap(createTable) }]), ...parts.flat()],
    }));
};

export const histories: fc.Arbitrary<Corpus> = generatedTables.chain(corpusOf);

import { expect, test } from '@jest/globals';
import type { SourceRecord, Struct } from '@headrace/connector-api';
import { CaptureRun, changesOf, type TestServer } from './capture-run.ts';
import { createDatabase, type TestDatabase } from './test-database.ts';

const told = { 'provide.transaction.metadata': 'true', 'snapshot.mode': 'no_data' };
const tables = [
  'CREATE TABLE t (id int PRIMARY KEY, n int)',
  'CREATE TABLE u (id int PRIMARY KEY)',
  'CREATE TABLE hidden (id int PRIMARY KEY)',
];

const valueOf = (record: SourceRecord | undefined): Record<string, unknown> => (record?.value as Struct).toObject();

/** What a consumer sees of transactions, tombstones left out: BEGIN and END with their counts, events with their places. */
const story = (records: readonly SourceRecord[]): unknown[] =>
  records.flatMap((record): unknown[] => {
    if (record.value === null) return [];
    const value = valueOf(record);
    if (record.topic === 'p.transaction') return [[value['status'], value['event_count'], value['data_collections']]];
    const block = value['transaction'] as Record<string, unknown> | null;
    return [[value['op'], block?.['total_order'], block?.['data_collection_order']]];
  });

const idsOf = (records: readonly SourceRecord[]): ReadonlySet<unknown> =>
  new Set(
    records.flatMap((record) => {
      if (record.value === null) return [];
      const value = valueOf(record);
      return [record.topic === 'p.transaction' ? value['id'] : (value['transaction'] as Record<string, unknown>)['id']];
    }),
  );

const ends = (run: CaptureRun): number => story(run.records).filter((entry) => (entry as unknown[])[0] === 'END').length;
const counted = (collection: string, count: number): unknown => ({ data_collection: collection, event_count: count });

const inTransaction = async (db: TestDatabase, ...statements: readonly string[]): Promise<void> => {
  await db.sql('BEGIN', ...statements, 'COMMIT');
};

/** Transaction metadata, on either family of servers. */
export const checkTransactions = (server: TestServer): void => {
  test('events say their place; begin and end are told, with what was captured', async () => {
    await using db = await createDatabase(server);
    await db.sql(...tables);
    await using run = await CaptureRun.start(db.server.connector, db.config({ ...told, 'table.exclude.list': '.*hidden' }));
    const changes = [
      'INSERT INTO t VALUES (1, 1), (2, 2)',
      'INSERT INTO u VALUES (1)',
      'UPDATE t SET id = 3 WHERE id = 2',
      'DELETE FROM u',
    ];
    await inTransaction(db, ...changes);
    await db.sql('INSERT INTO hidden VALUES (1)');
    await run.until(() => ends(run) >= 2);
    expect(story(run.records)).toEqual([
      ['BEGIN', null, null],
      ['c', 1, 1],
      ['c', 2, 2],
      ['c', 3, 1],
      ['d', 4, 3],
      ['c', 5, 4],
      ['d', 6, 2],
      ['END', 6, [counted(`${db.name}.t`, 4), counted(`${db.name}.u`, 2)]],
      ['BEGIN', null, null],
      ['END', 0, []],
    ]);
    const first = run.records.slice(
      0,
      run.records.findIndex(({ topic, value }) => topic === 'p.transaction' && value !== null && ends(run) > 0) + 1,
    );
    expect(idsOf(first).size).toBe(1);
    const source = valueOf(run.records[1])['source'] as Record<string, unknown>;
    expect(idsOf(run.records.slice(0, 2))).toEqual(new Set([source['gtid']]));
  });

  test('skipped operations, rows of snapshots and schema changes do not count', async () => {
    await using db = await createDatabase(server);
    await db.sql(...tables, 'INSERT INTO t VALUES (1, 1)');
    const more = { 'provide.transaction.metadata': 'true', 'skipped.operations': 'u,t', 'topic.transaction': 'tx' };
    await using run = await CaptureRun.start(db.server.connector, db.config(more));
    await run.untilSnapshotDone();
    await db.sql('ALTER TABLE u ADD COLUMN n int');
    await inTransaction(db, 'UPDATE t SET n = 2', 'INSERT INTO u VALUES (1, 1)');
    await run.until(() => run.records.filter(({ topic }) => topic === 'p.tx').length >= 2);
    expect(valueOf(run.records[0])['transaction']).toBeNull();
    expect(valueOf(run.records.at(-1))).toMatchObject({ status: 'END', event_count: 1 });
  });

  test('from any stored position the rest is told exactly, inside a transaction too', async () => {
    await using db = await createDatabase(server);
    await db.sql(...tables);
    const one = { ...told, 'max.batch.size': '1' };
    await using whole = await CaptureRun.start(db.server.connector, db.config(one));
    await inTransaction(
      db,
      'INSERT INTO t VALUES (1, 1)',
      'INSERT INTO u VALUES (1)',
      'INSERT INTO t VALUES (2, 2), (3, 3)',
      'DELETE FROM u',
    );
    await db.sql('INSERT INTO u VALUES (7)');
    await whole.until(() => ends(whole) === 2);
    expect(whole.marks.length).toBeGreaterThan(5);
    for (const { offset, count } of whole.marks) {
      await using run = await CaptureRun.start(db.server.connector, db.config(one), offset);
      await run.until(() => run.records.length >= whole.records.length - count);
      expect(story(run.records)).toEqual(story(whole.records.slice(count)));
    }
  });

  test('the rows of an XA transaction are told at its PREPARE, and from any stored position the rest', async () => {
    await using db = await createDatabase(server);
    await db.sql(...tables);
    const one = { ...told, 'max.batch.size': '1' };
    await using whole = await CaptureRun.start(db.server.connector, db.config(one));
    const branch = async (id: string, statements: readonly string[], ...end: readonly string[]): Promise<void> => {
      await db.sql(
        `XA START '${db.name}${id}'`,
        ...statements,
        `XA END '${db.name}${id}'`,
        ...end.map((verb) => verb.replace('ID', `'${db.name}${id}'`)),
      );
    };
    await branch('a', ['INSERT INTO t VALUES (1, 1), (2, 2)', 'INSERT INTO u VALUES (1)'], 'XA PREPARE ID', 'XA COMMIT ID');
    // As with Debezium: the log has the rows before anybody knows what becomes of them.
    await branch('b', ['INSERT INTO u VALUES (2)'], 'XA PREPARE ID', 'XA ROLLBACK ID');
    await branch('c', ['INSERT INTO u VALUES (3)'], 'XA COMMIT ID ONE PHASE');
    await branch('d', ['INSERT INTO u VALUES (4)'], 'XA ROLLBACK ID');
    await db.sql('INSERT INTO u VALUES (5)');
    await whole.until(() => changesOf(whole.records).some(({ table, after }) => table === 'u' && after?.['id'] === 5) && ends(whole) >= 4);
    expect(changesOf(whole.records).map(({ table, after }) => [table, after?.['id']])).toEqual([
      ['t', 1],
      ['t', 2],
      ['u', 1],
      ['u', 2],
      ['u', 3],
      ['u', 5],
    ]);
    for (const { offset, count } of whole.marks) {
      await using run = await CaptureRun.start(db.server.connector, db.config(one), offset);
      await run.until(() => run.records.length >= whole.records.length - count);
      expect(story(run.records)).toEqual(story(whole.records.slice(count)));
    }
  });
};

import { describe, expect, test } from '@jest/globals';
import type { SourceRecord, Struct } from '@headrace/connector-api';
import type { RawConfig } from '@headrace/foundation';
import { createDatabase, startRun, valueOf, type TestDatabase, type TestRun } from './harness.ts';

const told: RawConfig = { 'provide.transaction.metadata': 'true', 'snapshot.mode': 'no_data' };
const TABLES = 'CREATE TABLE t (id int PRIMARY KEY, n int); CREATE TABLE u (id int PRIMARY KEY); CREATE TABLE hidden (id int)';

interface Block {
  readonly id: string;
  readonly total_order: number;
  readonly data_collection_order: number;
}

const blockOf = (record: SourceRecord | undefined): Block => (valueOf(record).get('transaction') as Struct).toObject() as unknown as Block;

const xidOf = (id: unknown): string => String(id).split(':')[0] ?? '';

/** What a consumer sees of transactions, tombstones left out: B and E with their counts, events with their places. */
const story = (records: readonly SourceRecord[]): unknown[] =>
  records.flatMap((record): unknown[] => {
    if (record.value === null) return [];
    const value = valueOf(record).toObject();
    if (record.topic === 'd.transaction') return [[value['status'], value['event_count'], value['data_collections']]];
    const block = value['transaction'] as Block | null;
    return [[value['op'], block?.total_order, block?.data_collection_order]];
  });

const untilEnds = async (run: TestRun, count: number): Promise<void> => {
  const ends = (): number => story(run.records).filter((entry) => (entry as unknown[])[0] === 'END').length;
  await run.until(() => ends() >= count);
};

const counted = (collection: string, count: number): unknown => ({ data_collection: collection, event_count: count });

const lsnOf = (record: SourceRecord | undefined): string => String((valueOf(record).get('source') as Struct).get('lsn'));

const sequence = (record: SourceRecord | undefined): unknown =>
  JSON.parse((valueOf(record).get('source') as Struct).get('sequence') as string);

describe('transaction metadata', () => {
  test('events say their place; begin and end are told, with what was captured', async () => {
    await using db = await createDatabase();
    await db.sql(TABLES);
    await using run = await startRun({ ...db.config, ...told, 'table.exclude.list': 'public\\.hidden' });
    await db.sql('BEGIN; INSERT INTO t VALUES (1), (2); INSERT INTO u VALUES (1); UPDATE t SET id = 3 WHERE id = 2; DELETE FROM u; COMMIT');
    await db.sql('INSERT INTO hidden VALUES (1)');
    await untilEnds(run, 2);
    expect(story(run.records)).toEqual([
      ['BEGIN', null, null],
      ['c', 1, 1],
      ['c', 2, 2],
      ['c', 3, 1],
      ['d', 4, 3],
      ['c', 5, 4],
      ['d', 6, 2],
      ['END', 6, [counted('public.t', 4), counted('public.u', 2)]],
      ['BEGIN', null, null],
      ['END', 0, []],
    ]);
    const [begin, first] = run.records;
    expect(begin?.headers).toEqual([]);
    expect(valueOf(begin).get('ts_ms')).toBe((valueOf(first).get('source') as Struct).get('ts_ms'));
    // As Debezium's: transaction and place in the log, so that what is before the colon joins them.
    const { lsn, txId } = (valueOf(first).get('source') as Struct).toObject();
    expect(blockOf(first).id).toBe(`${String(txId)}:${String(lsn)}`);
    const ids = run.records
      .slice(0, 9)
      .filter(({ value }) => value !== null)
      .map((record) => (record.topic === 'd.transaction' ? valueOf(record).get('id') : blockOf(record).id));
    expect(new Set(ids.map(xidOf)).size).toBe(1);
  });

  test('skipped operations and rows of snapshots do not count', async () => {
    await using db = await createDatabase();
    await db.sql(`${TABLES}; INSERT INTO t VALUES (1, 1)`);
    await using run = await startRun({
      ...db.config,
      'provide.transaction.metadata': 'true',
      'skipped.operations': 'u,t',
      'topic.transaction': 'tx',
    });
    await run.untilSnapshotDone();
    await db.sql('BEGIN; UPDATE t SET n = 2; INSERT INTO u VALUES (1); COMMIT');
    await run.until(() => run.records.filter(({ topic }) => topic === 'd.tx').length === 2);
    expect(valueOf(run.records[0]).get('transaction')).toBeNull();
    expect(valueOf(run.records.at(-1)).toObject()).toMatchObject({
      status: 'END',
      event_count: 1,
      data_collections: [counted('public.u', 1)],
    });
  });

  test('from any stored position the rest is told exactly, inside a transaction too', async () => {
    await using db = await createDatabase();
    await db.sql(TABLES);
    const whole = await historyOf(db);
    expect(whole.positions.length).toBeGreaterThan(5);
    for (const { offset, count } of whole.positions) {
      await using run = await startRun({ ...db.config, ...told, 'max.batch.size': '1' }, { offset });
      await run.until(() => run.records.length >= whole.records.length - count);
      expect(story(run.records)).toEqual(story(whole.records.slice(count)));
    }
  });

  test('a large transaction that was streamed while it ran is told as one', async () => {
    await using db = await createDatabase();
    await db.sql(TABLES);
    await db.sql(`ALTER DATABASE ${db.name} SET logical_decoding_work_mem = '64kB'`);
    await using run = await startRun({ ...db.config, ...told });
    await db.sql('INSERT INTO t SELECT n, n FROM generate_series(1, 5000) n');
    await untilEnds(run, 1);
    expect(story(run.records).at(-1)).toEqual(['END', 5_000, [counted('public.t', 5_000)]]);
    expect(run.records).toHaveLength(5_002);
    // It begins where its first change stands, though the server said so only with its commit.
    const [begin, first] = run.records;
    expect(valueOf(begin).get('id')).toBe(blockOf(first).id);
  });
});

/** One history with every position handed out, and how many records come before it. */
const historyOf = async (
  db: TestDatabase,
): Promise<{
  readonly records: readonly SourceRecord[];
  readonly positions: { readonly offset: TestRun['offset']; readonly count: number }[];
}> => {
  const positions: { offset: TestRun['offset']; count: number }[] = [];
  await using run = await startRun({ ...db.config, ...told, 'max.batch.size': '1' });
  await db.sql('BEGIN; INSERT INTO t VALUES (1, 1); INSERT INTO u VALUES (1); INSERT INTO t VALUES (2, 2), (3, 3); DELETE FROM u; COMMIT');
  await db.sql(`BEGIN; SELECT pg_logical_emit_message(true, 'p', 'inside'); INSERT INTO u VALUES (7); COMMIT`);
  while (story(run.records).filter((entry) => (entry as unknown[])[0] === 'END').length < 2) {
    await run.step();
    if (run.offset !== null) positions.push({ offset: run.offset, count: run.records.length });
  }
  return { records: run.records, positions };
};

describe('a transaction that was replicated into the server', () => {
  const origins = (records: readonly SourceRecord[]): unknown[] =>
    records.map((record) => {
      const source = valueOf(record).get('source') as Struct;
      return [record.topic, source.get('origin'), source.get('origin_lsn')];
    });

  test('names the server that it comes from; a streamed one without its place there', async () => {
    await using db = await createDatabase();
    await db.sql(`ALTER DATABASE ${db.name} SET logical_decoding_work_mem = '64kB'; ${TABLES}`);
    await using run = await startRun({ ...db.config, 'snapshot.mode': 'no_data' });
    await db.sql(`SELECT pg_replication_origin_create('${db.name}')`);
    try {
      await db.sql(`SELECT pg_replication_origin_session_setup('${db.name}');
        BEGIN; SELECT pg_replication_origin_xact_setup('0/ABC', now()); INSERT INTO t VALUES (1, 1); COMMIT;
        BEGIN; SELECT pg_replication_origin_xact_setup('0/DEF', now()); INSERT INTO t SELECT n, n FROM generate_series(2, 3000) n; COMMIT`);
      await db.sql('SELECT pg_replication_origin_session_reset()');
      await db.sql('INSERT INTO u VALUES (1)');
      await run.untilRecords(3_001);
    } finally {
      await db.sql(`SELECT pg_replication_origin_drop('${db.name}')`);
    }
    const told = origins(run.records);
    expect(told[0]).toEqual(['d.public.t', db.name, 0xabc]);
    expect(new Set(told.slice(1, 3_000).map(String))).toEqual(new Set([String(['d.public.t', db.name, null])]));
    expect(told[3_000]).toEqual(['d.public.u', null, null]);
  });
});

describe('logical messages', () => {
  const messages = (records: readonly SourceRecord[]): unknown[] =>
    records
      .filter(({ topic }) => topic === 'd.message')
      .map((record) => {
        const { prefix, content } = (valueOf(record).get('message') as Struct).toObject();
        return [prefix, Buffer.from(content as Uint8Array).toString()];
      });

  test('they are records in their place among the changes, or at once when they are not transactional', async () => {
    await using db = await createDatabase();
    await db.sql(TABLES);
    await using run = await startRun({ ...db.config, ...told });
    await db.sql(`
      BEGIN; INSERT INTO t VALUES (1, 1);
      SELECT pg_logical_emit_message(true, 'in', 'a'); SELECT pg_logical_emit_message(false, 'out', 'b'); INSERT INTO t VALUES (2, 2); COMMIT`);
    await untilEnds(run, 1);
    expect(messages(run.records)).toEqual([
      ['out', 'b'],
      ['in', 'a'],
    ]);
    const [out, , , inside] = run.records;
    expect(sequence(out)).toEqual([lsnOf(out), lsnOf(out)]);
    expect(sequence(inside)).toEqual([lsnOf(out), lsnOf(inside)]);
    expect(out?.key).toMatchObject({ values: ['out'] });
    expect(valueOf(out).toObject()).toMatchObject({ op: 'm', transaction: null, source: { schema: '', table: '', txId: null } });
    expect(valueOf(inside).toObject()).toMatchObject({ op: 'm', transaction: { total_order: 2, data_collection_order: 1 } });
    expect(story(run.records.slice(-1))).toEqual([['END', 3, [counted('public.t', 2), counted('LOGICAL_DECODING_MESSAGE', 1)]]]);
  });

  test.each([
    [{ 'message.prefix.include.list': 'good.*' }, ['good1']],
    [{ 'message.prefix.exclude.list': 'good.*' }, ['bad']],
  ])('prefixes are chosen by %p', async (raw, expected) => {
    await using db = await createDatabase();
    await db.sql(TABLES);
    await using run = await startRun({ ...db.config, 'snapshot.mode': 'no_data', 'binary.handling.mode': 'hex', ...raw });
    await db.sql(`SELECT pg_logical_emit_message(true, 'good1', 'x'), pg_logical_emit_message(true, 'bad', 'x'); INSERT INTO u VALUES (1)`);
    await run.until(() => run.records.some(({ topic }) => topic === 'd.public.u'));
    const found = run.records.filter(({ topic }) => topic === 'd.message');
    expect(found.map((record) => (record.key as Struct).get('prefix'))).toEqual(expected);
    expect((valueOf(found[0]).get('message') as Struct).get('content')).toBe('78');
  });

  test('a message outside of transactions is neither lost nor repeated by a restart, nor is a transaction around it', async () => {
    await using db = await createDatabase();
    await db.sql(TABLES);
    const other = await db.connect();
    let offset: TestRun['offset'];
    {
      await using run = await startRun({ ...db.config, 'snapshot.mode': 'no_data' });
      await other.query('BEGIN; INSERT INTO t VALUES (1, 1)');
      await db.sql(`SELECT pg_logical_emit_message(false, 'first', 'x')`);
      await run.until(() => messages(run.records).length === 1);
      offset = run.offset;
    }
    await db.sql(`SELECT pg_logical_emit_message(false, 'second', 'x')`);
    await other.query('COMMIT');
    await other.end();
    await using again = await startRun({ ...db.config, 'snapshot.mode': 'no_data' }, { offset });
    await again.untilRecords(2);
    expect(again.records.map(({ topic }) => topic)).toEqual(['d.message', 'd.public.t']);
    expect(messages(again.records)).toEqual([['second', 'x']]);
  });
});

import { describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import type { JsonMap } from '@headrace/connector-api';
import type { Meter } from '@headrace/foundation';
import { createDatabase, eventually, startRun, type TestDatabase, type TestRun } from './harness.ts';

const slotOf = async (db: TestDatabase): Promise<Record<string, unknown> | undefined> =>
  (await db.sql(`SELECT active_pid, confirmed_flush_lsn - '0/0' AS confirmed FROM pg_replication_slots WHERE slot_name = '${db.name}'`))[0];

const keysOf = (run: TestRun): readonly unknown[] => run.records.map((record) => (record.key as { values: unknown[] }).values[0]);

const table = 'CREATE TABLE t (id int PRIMARY KEY, note text)';

describe('start', () => {
  test.each([
    [{ 'database.password': 'wrong' }, 'postgres.login_refused'],
    [{ 'database.port': '1' }, 'postgres.connection_failed'],
    [{ 'database.hostname': 'no-such-host.invalid' }, 'postgres.connection_failed'],
    [{ 'database.dbname': 'no_such_database' }, 'postgres.database_missing'],
    [{ 'publication.autocreate.mode': 'disabled' }, 'postgres.publication_missing'],
    [{ 'publication.autocreate.mode': 'filtered', 'table.include.list': 'public\\.none' }, 'postgres.no_tables'],
    [{ 'message.key.columns': 'public\\.t:nope' }, 'postgres.key_missing'],
  ])('under %p fails as %s', async (raw, code) => {
    await using db = await createDatabase();
    await db.sql(table);
    await expect(startRun({ ...db.config, ...raw })).rejects.toMatchObject({ code, reaction: 'task-failure' });
  });

  test('I8: the failure of a login does not tell the password', async () => {
    await using db = await createDatabase();
    const failure = await startRun({ ...db.config, 'database.password': 'hunter2-secret' }).catch((error: unknown) => error);
    expect(inspect(failure, { depth: 10 })).not.toContain('hunter2-secret');
  });

  test('a user without privileges is told which', async () => {
    await using db = await createDatabase();
    const user = `u${randomBytes(4).toString('hex')}`;
    await db.sql(`${table}; CREATE PUBLICATION dbz_publication FOR ALL TABLES; CREATE ROLE ${user} LOGIN PASSWORD 'p'`);
    try {
      const raw = { ...db.config, 'database.user': user, 'database.password': 'p' };
      await expect(startRun(raw)).rejects.toMatchObject({
        code: 'postgres.privilege_missing',
        message: expect.stringContaining('REPLICATION'),
      });
    } finally {
      await db.sql(`DROP ROLE ${user}`);
    }
  });

  test('I6: a stored position without its slot is refused, when_needed takes a new snapshot', async () => {
    await using db = await createDatabase();
    await db.sql(`${table}; INSERT INTO t VALUES (1, 'a')`);
    const offset = { lsn: 1, lsn_proc: 1, lsn_commit: 1 };
    await expect(startRun(db.config, { offset })).rejects.toMatchObject({ code: 'postgres.slot_missing' });
    await using run = await startRun({ ...db.config, 'snapshot.mode': 'when_needed' }, { offset });
    await run.untilRecords(1);
    expect(run.records).toHaveLength(1);
  });

  test('a slot made anew after the stored position is a named gap', async () => {
    await using db = await createDatabase();
    await db.sql(table);
    await db.sql(`SELECT pg_create_logical_replication_slot('${db.name}', 'pgoutput')`);
    await expect(startRun(db.config, { offset: { lsn: 1, lsn_commit: 1 } })).rejects.toMatchObject({ code: 'postgres.position_gap' });
  });

  test('a position beyond the end of the log is refused', async () => {
    await using db = await createDatabase();
    await db.sql(table);
    await db.sql(`SELECT pg_create_logical_replication_slot('${db.name}', 'pgoutput')`);
    await expect(startRun(db.config, { offset: { lsn: 2 ** 52, lsn_commit: 2 ** 52 } })).rejects.toMatchObject({
      code: 'postgres.position_ahead',
    });
  });

  test('a slot of another plugin is refused', async () => {
    await using db = await createDatabase();
    await db.sql(table);
    await db.sql(`SELECT pg_create_logical_replication_slot('${db.name}', 'test_decoding')`);
    await expect(startRun(db.config)).rejects.toMatchObject({ code: 'postgres.slot_foreign' });
  });
});

describe('the slot', () => {
  test('I1: moves only by what is acknowledged, at the ends of transactions', async () => {
    await using db = await createDatabase();
    await db.sql(table);
    await using run = await startRun({ ...db.config, 'status.update.interval.ms': '100' });
    await run.untilSnapshotDone();
    const start = (await slotOf(db))?.['confirmed'];
    await db.sql("INSERT INTO t VALUES (1, 'a')");
    await run.untilRecords(1);
    const position = run.batches.at(-1)!.positions.at(-1)!;
    for (let poll = 0; poll < 3; poll += 1) await run.task.poll(run.signal);
    expect((await slotOf(db))?.['confirmed']).toBe(start);
    run.task.acknowledge(position);
    await eventually(async () => expect(Number((await slotOf(db))?.['confirmed'])).toBe(position.offset?.['lsn_commit']));
  });

  test.each(['connector', 'connector_and_driver'])('does not hold back log that others write under lsn.flush.mode=%s', async (mode) => {
    await using db = await createDatabase();
    await using other = await createDatabase();
    await db.sql(table);
    await other.sql(table);
    await using run = await startRun({ ...db.config, 'lsn.flush.mode': mode, 'status.update.interval.ms': '100' });
    await run.untilSnapshotDone();
    await other.sql("INSERT INTO t SELECT n, repeat('x', 100) FROM generate_series(1, 20000) n");
    const [{ lsn } = { lsn: 0 }] = await other.sql("SELECT pg_current_wal_lsn() - '0/0' AS lsn");
    await eventually(async () => {
      await run.step();
      run.acknowledge();
      expect(Number((await slotOf(db))?.['confirmed'])).toBeGreaterThanOrEqual(Number(lsn));
    });
    expect(run.records).toEqual([]);
  });

  test('goes from a former owner to the new one', async () => {
    await using db = await createDatabase();
    await db.sql(table);
    let isOwner = true;
    await using former = await startRun(db.config, { isOwner: () => isOwner });
    await former.untilSnapshotDone();
    await former.step();
    isOwner = false;
    await using successor = await startRun(db.config, { offset: former.offset });
    await db.sql("INSERT INTO t VALUES (1, 'a')");
    await successor.untilRecords(1);
    await expect(former.until(() => false, 3_000)).rejects.toMatchObject({ reaction: 'fenced' });
  });

  test('is not taken by someone who does not own the task any more', async () => {
    await using db = await createDatabase();
    await db.sql(table);
    await using owner = await startRun(db.config);
    await owner.untilSnapshotDone();
    await owner.step();
    await expect(startRun(db.config, { offset: owner.offset, isOwner: () => false })).rejects.toMatchObject({ reaction: 'fenced' });
    await db.sql("INSERT INTO t VALUES (1, 'a')");
    await owner.untilRecords(1);
  });

  test("in a stranger's use is waited for, then named with the session that holds it", async () => {
    await using db = await createDatabase();
    await db.sql(table);
    await using stranger = await startRun(db.config, { connector: 'other' });
    await stranger.untilSnapshotDone();
    await stranger.step();
    const pid = String((await slotOf(db))?.['active_pid']);
    await expect(startRun(db.config, { offset: stranger.offset })).rejects.toMatchObject({
      code: 'postgres.slot_in_use',
      message: expect.stringMatching(new RegExp(`${db.name}.*pid ${pid}`)),
    });
  });

  test('that standbys should keep is refused before PostgreSQL 17', async () => {
    await using db = await createDatabase();
    await db.sql(table);
    const [server] = await db.sql("SELECT current_setting('server_version_num')::int AS version");
    const started = startRun({ ...db.config, 'slot.failover': 'true' });
    if (Number(server?.['version']) < 170_000) await expect(started).rejects.toMatchObject({ code: 'postgres.failover_unsupported' });
    else await (await started)[Symbol.asyncDispose]();
  });

  test('shows in a gauge how much log it holds back', async () => {
    await using db = await createDatabase();
    await db.sql(table);
    const lags: number[] = [];
    const meter: Meter = {
      add: () => undefined,
      observe: () => undefined,
      set: (name, value) => {
        if (name === 'headrace_postgres_slot_lag_bytes') lags.push(value);
      },
    };
    await using run = await startRun({ ...db.config, 'status.update.interval.ms': '100' }, { meter });
    await run.untilSnapshotDone();
    await db.sql("INSERT INTO t SELECT n, repeat('x', 100) FROM generate_series(1, 5000) n");
    await run.until(() => lags.some((bytes) => bytes > 500_000));
  });

  test('that keeps too much log makes incremental snapshots rest, and ends the task where that is asked for', async () => {
    await using db = await createDatabase();
    await db.sql(`${table}; CREATE TABLE signals (id text PRIMARY KEY, type text, data text); INSERT INTO t VALUES (1, 'a')`);
    const much = "INSERT INTO signals SELECT 'x' || n || txid_current(), 'log', repeat('x', 100) FROM generate_series(1, 10000) n";
    const limits = { 'status.update.interval.ms': '100', 'headrace.slot.lag.max.bytes': '1000000' };
    const raw = { ...db.config, ...limits, 'signal.data.collection': 'public.signals', 'snapshot.mode': 'no_data' };
    let offset: JsonMap | null;
    {
      // Nothing is acknowledged, so that the slot stays.
      await using run = await startRun(raw);
      await db.sql(much);
      await run.until(() => run.log.some(({ message }) => message.includes('incremental snapshots rest')));
      await db.sql(`INSERT INTO signals VALUES ('s', 'execute-snapshot', '{"data-collections": ["public.t"]}')`);
      await run.until(() => run.offset?.['incremental_snapshot_collections'] !== undefined);
      for (let poll = 0; poll < 2; poll += 1) await run.step();
      expect(run.records.filter(({ topic }) => topic === 'd.public.t')).toEqual([]);
      await eventually(async () => {
        await run.step();
        run.acknowledge();
        // Only at such a place in the log the server lets go of what came before.
        await db.sql('CHECKPOINT');
        expect(run.records.some(({ topic }) => topic === 'd.public.t')).toBe(true);
      }, 30_000);
      offset = run.offset;
    }
    await using failing = await startRun({ ...raw, 'headrace.slot.lag.action': 'fail' }, { offset });
    await db.sql(much);
    await expect(failing.until(() => false)).rejects.toMatchObject({ code: 'postgres.slot_lag' });
    expect(await slotOf(db)).toBeDefined();
    await failing[Symbol.asyncDispose]();
    await using dropping = await startRun({ ...raw, 'headrace.slot.lag.action': 'drop_slot' }, { offset });
    await expect(dropping.until(() => false)).rejects.toMatchObject({ code: 'postgres.slot_lag' });
    expect(await slotOf(db)).toBeUndefined();
  });

  test('tells by the names of Debezium how far behind the stream is', async () => {
    await using db = await createDatabase();
    await db.sql(table);
    const values = new Map<string, number>();
    const meter: Meter = { add: () => undefined, observe: () => undefined, set: (name, value) => void values.set(name, value) };
    await using run = await startRun(db.config, { meter });
    await run.untilSnapshotDone();
    await db.sql("INSERT INTO t VALUES (1, 'a')");
    await run.untilRecords(1);
    await run.until(() => values.get('debezium_metrics_NumberOfCommittedTransactions') === 1);
    expect(values.get('debezium_metrics_Connected')).toBe(1);
    expect(values.get('debezium_metrics_MilliSecondsBehindSource')).toBeGreaterThanOrEqual(0);
  });

  test('is moved to the offset under trust_offset, and lsn.flush.mode=manual never moves it', async () => {
    await using db = await createDatabase();
    await db.sql(table);
    const raw = { ...db.config, 'status.update.interval.ms': '100' };
    const before = await startRun(raw);
    await before.untilSnapshotDone();
    await db.sql("INSERT INTO t VALUES (1, 'a')");
    await before.untilRecords(1);
    await before[Symbol.asyncDispose]();
    const place = before.offset?.['lsn_commit'];
    {
      await using manual = await startRun({ ...raw, 'lsn.flush.mode': 'manual' }, { offset: before.offset });
      manual.task.acknowledge({ partition: { server: 'd' }, offset: before.offset });
      for (let poll = 0; poll < 2; poll += 1) await manual.step();
      expect(Number((await slotOf(db))?.['confirmed'])).toBeLessThan(Number(place));
    }
    await using run = await startRun({ ...raw, 'offset.mismatch.strategy': 'trust_offset' }, { offset: before.offset });
    expect(Number((await slotOf(db))?.['confirmed'])).toBe(Number(place));
    await run.step();
  });

  test('beside another stored position is believed, or not, as offset.mismatch.strategy says', async () => {
    await using db = await createDatabase();
    await db.sql(table);
    /** Where the transactions of rows 1, 2 and 3 ended. */
    const ends: number[] = [];
    {
      await using run = await startRun(db.config);
      await run.untilSnapshotDone();
      await db.sql(`SELECT pg_copy_logical_replication_slot('${db.name}', '${db.name}_0')`);
      for (const id of [1, 2, 3]) {
        await db.sql(`INSERT INTO t VALUES (${String(id)}, 'x')`);
        await run.untilRecords(id);
        await run.step();
        ends.push(Number(run.offset?.['lsn_commit']));
      }
    }
    let slots = 0;
    /** What is told, or the failure, where the slot stands behind one transaction and the offset behind another. */
    const outcome = async (strategy: string, slotAt: number, offsetAt: number): Promise<readonly unknown[]> => {
      const name = `${db.name}_${String((slots += 1))}`;
      await db.sql(`SELECT pg_copy_logical_replication_slot('${db.name}_0', '${name}')`);
      await db.sql(`SELECT pg_replication_slot_advance('${name}', '0/0'::pg_lsn + ${String(ends[slotAt - 1])})`);
      const lsn = ends[offsetAt - 1] ?? 0;
      const raw = { ...db.config, 'slot.name': name, 'offset.mismatch.strategy': strategy };
      try {
        await using run = await startRun(raw, { offset: { lsn, lsn_proc: lsn, lsn_commit: lsn, messageType: 'COMMIT' } });
        await run.until(() => keysOf(run).at(-1) === 3);
        return [strategy, slotAt, offsetAt, keysOf(run)];
      } catch (error) {
        return [strategy, slotAt, offsetAt, (error as { code?: string }).code];
      }
    };
    const cases = [
      ['fail', 2, 1, 'postgres.position_gap'],
      ['fail', 1, 2, [3]],
      ['no_validation', 2, 1, [3]],
      ['trust_offset', 2, 1, 'postgres.position_gap'],
      ['trust_offset', 1, 2, [3]],
      ['trust_slot', 2, 1, [3]],
      ['trust_slot', 1, 2, [2, 3]],
      ['trust_greater_lsn', 2, 1, [3]],
      ['trust_greater_lsn', 1, 2, [3]],
    ] as const;
    const found = [];
    for (const [strategy, slotAt, offsetAt] of cases) found.push(await outcome(strategy, slotAt, offsetAt));
    expect(found).toEqual(cases);
  });

  test('is dropped at the end on demand', async () => {
    await using db = await createDatabase();
    await db.sql(table);
    {
      await using run = await startRun({ ...db.config, 'slot.drop.on.stop': 'true' });
      await run.untilSnapshotDone();
    }
    expect(await slotOf(db)).toBeUndefined();
  });
});

describe('the publication', () => {
  const published = async (db: TestDatabase): Promise<unknown[]> =>
    (await db.sql("SELECT tablename FROM pg_publication_tables WHERE pubname = 'dbz_publication' ORDER BY 1")).map(
      (row) => row['tablename'],
    );

  test.each([
    ['all_tables', ['t', 'u']],
    ['filtered', ['t']],
    ['no_tables', []],
  ])('%s holds %j', async (mode, tables) => {
    await using db = await createDatabase();
    await db.sql(`${table}; CREATE TABLE u (id int PRIMARY KEY)`);
    await using run = await startRun({ ...db.config, 'publication.autocreate.mode': mode, 'table.include.list': 'public\\.t' });
    await run.untilSnapshotDone();
    expect(await published(db)).toEqual(tables);
  });

  test('filtered follows the filters at the next start', async () => {
    await using db = await createDatabase();
    await db.sql(`${table}; CREATE TABLE u (id int PRIMARY KEY)`);
    const raw = { ...db.config, 'publication.autocreate.mode': 'filtered' };
    const before = await startRun({ ...raw, 'table.include.list': 'public\\.t' });
    await before.untilSnapshotDone();
    await before[Symbol.asyncDispose]();
    await using run = await startRun({ ...raw, 'table.include.list': 'public\\.(t|u)' }, { offset: before.offset });
    await run.step();
    expect(await published(db)).toEqual(['t', 'u']);
  });

  test('made by us leaves out the operations that are skipped', async () => {
    await using db = await createDatabase();
    await db.sql(table);
    await using run = await startRun({ ...db.config, 'skipped.operations': 'd,t' });
    await run.untilSnapshotDone();
    const [row] = await db.sql("SELECT pubinsert, pubupdate, pubdelete, pubtruncate FROM pg_publication WHERE pubname = 'dbz_publication'");
    expect(row).toEqual({ pubinsert: true, pubupdate: true, pubdelete: false, pubtruncate: false });
  });
});

describe('while running', () => {
  test('I7: a killed session is opened again and nothing is lost or repeated', async () => {
    await using db = await createDatabase();
    await db.sql(table);
    await using run = await startRun({ ...db.config, 'max.batch.size': '7' });
    await run.untilSnapshotDone();
    for (let round = 0; round < 3; round += 1) {
      await db.sql(`INSERT INTO t SELECT n, 'x' FROM generate_series(${String(round * 100 + 1)}, ${String(round * 100 + 100)}) n`);
      await run.untilRecords(round * 100 + 50);
      await db.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${db.name}' AND pid <> pg_backend_pid()`);
    }
    await run.untilRecords(300);
    expect(run.records.map((record) => (record.key as { values: unknown[] }).values[0])).toEqual(
      Array.from({ length: 300 }, (_, index) => index + 1),
    );
  });

  test('a session killed in mid-snapshot goes on where it was', async () => {
    await using db = await createDatabase();
    await db.sql(`${table}; INSERT INTO t SELECT n, 'x' FROM generate_series(1, 1000) n`);
    await using run = await startRun({ ...db.config, 'max.batch.size': '50', 'snapshot.fetch.size': '50' });
    await run.untilRecords(300);
    await db.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${db.name}' AND pid <> pg_backend_pid()`);
    await run.untilSnapshotDone();
    expect(run.records.map((record) => (record.key as { values: unknown[] }).values[0])).toEqual(
      Array.from({ length: 1_000 }, (_, index) => index + 1),
    );
  });

  test('a slow consumer does not lose its session, and the log waits in the server', async () => {
    await using db = await createDatabase();
    await db.sql(table);
    await using run = await startRun({ ...db.config, 'status.update.interval.ms': '100', 'max.queue.size.in.bytes': '65536' });
    await run.untilSnapshotDone();
    await run.step();
    const pid = (await slotOf(db))?.['active_pid'];
    await db.sql("INSERT INTO t SELECT n, repeat('x', 1000) FROM generate_series(1, 20000) n");
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await slotOf(db))?.['active_pid']).toBe(pid);
    await run.untilRecords(20_000);
    expect((await slotOf(db))?.['active_pid']).toBe(pid);
    expect(Math.max(...run.batches.map((batch) => batch.records.length))).toBeLessThan(300);
  });

  test('a heartbeat ends the snapshot, whatever the interval', async () => {
    await using db = await createDatabase();
    await db.sql(`${table}; INSERT INTO t VALUES (1, 'a')`);
    await using run = await startRun({ ...db.config, 'heartbeat.interval.ms': '3600000' });
    await run.untilSnapshotDone();
    expect(run.records.map((record) => record.topic)).toEqual(['d.public.t', '__debezium-heartbeat.d']);
  });

  test('each heartbeat runs the statement that is asked for; one whose table is missing ends the task', async () => {
    await using db = await createDatabase();
    await db.sql('CREATE TABLE beats (n int)');
    const raw = { ...db.config, 'snapshot.mode': 'no_data', 'heartbeat.interval.ms': '50' };
    {
      await using run = await startRun({ ...raw, 'heartbeat.action.query': 'INSERT INTO public.beats VALUES (1)' });
      await run.until(() => run.records.filter(({ topic }) => topic === 'd.public.beats').length >= 2);
    }
    await using failing = await startRun({ ...raw, 'heartbeat.action.query': 'INSERT INTO public.missing VALUES (1)' });
    await expect(failing.until(() => false)).rejects.toMatchObject({ code: 'postgres.server_error' });
  });

  test('heartbeats come in their interval and carry the position', async () => {
    await using db = await createDatabase();
    await db.sql(table);
    await using run = await startRun({ ...db.config, 'heartbeat.interval.ms': '50' });
    await run.untilSnapshotDone();
    await run.until(() => run.records.filter((record) => record.topic === '__debezium-heartbeat.d').length >= 2);
    expect(run.records.at(-1)).toMatchObject({ partition: 0, headers: [] });
    expect(run.offset?.['lsn_commit']).toBeGreaterThan(0);
  });
});

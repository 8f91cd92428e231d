/** The newest PostgreSQL: capture in a short form, slots that a standby keeps, slots that the server gives up. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { RawConfig } from '@headrace/foundation';
import { OwnPostgres } from '@headrace/testkit';
import type { Struct } from '@headrace/connector-api';
import { createDatabase, eventually, startRun, summary, type TestRun } from './harness.ts';

let server: OwnPostgres;

beforeAll(async () => {
  server = await OwnPostgres.start();
  process.env['POSTGRES_URL'] = server.url;
}, 180_000);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const keys = (run: TestRun): readonly unknown[] => run.records.map((record) => (record.key as Struct).values[0]);
const series = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const insert = (from: number, to: number): string => `INSERT INTO t SELECT n, 'x' FROM generate_series(${String(from)}, ${String(to)}) n`;

describe('PostgreSQL 18', () => {
  test('is captured: rows that are there, all kinds of changes, and no virtual columns', async () => {
    await using db = await createDatabase();
    await db.sql('CREATE TABLE t (id int PRIMARY KEY, note text, twice int GENERATED ALWAYS AS (id * 2)); INSERT INTO t VALUES (1, $$a$$)');
    await using run = await startRun({ ...db.config, 'skipped.operations': 'none' });
    await run.untilSnapshotDone();
    await db.sql(
      "INSERT INTO t VALUES (2, 'b'); UPDATE t SET note = 'c' WHERE id = 2; UPDATE t SET id = 3 WHERE id = 2; DELETE FROM t WHERE id = 3",
    );
    await run.untilRecords(8);
    await db.sql('TRUNCATE t');
    await run.untilRecords(9);
    expect(summary(run.records)).toEqual([
      ['r', { id: 1 }, { id: 1, note: 'a' }],
      ['c', { id: 2 }, { id: 2, note: 'b' }],
      ['u', { id: 2 }, { id: 2, note: 'c' }],
      ['d', { id: 2 }, null],
      [null, { id: 2 }, null],
      ['c', { id: 3 }, { id: 3, note: 'c' }],
      ['d', { id: 3 }, null],
      [null, { id: 3 }, null],
      ['t', null, null],
    ]);
  });

  test('tells the vectors of pgvector, the same in the snapshot and in the stream', async () => {
    await using db = await createDatabase();
    await db.sql(`CREATE EXTENSION vector;
      CREATE TABLE t (id int PRIMARY KEY, v vector(3), free vector, h halfvec(3), s sparsevec(5));
      INSERT INTO t VALUES (1, '[1,2.5,-3]', '[0.1]', '[0.5,65504,-1]', '{1:1.5,3:-2}/5'), (2, NULL, NULL, NULL, NULL)`);
    await using run = await startRun({ ...db.config, 'table.include.list': 'public.t' });
    await run.untilSnapshotDone();
    await db.sql('INSERT INTO t SELECT id + 2, v, free, h, s FROM t');
    await run.untilRecords(4);
    const rows = run.records.map((record) => ((record.value as Struct).get('after') as Struct).values.slice(1));
    const sparse = (rows[0]?.[3] as Struct).values;
    expect(rows[0]?.slice(0, 3)).toEqual([[1, 2.5, -3], [0.1], [0.5, 65_504, -1]]);
    expect(sparse).toEqual([
      5,
      new Map([
        [1, 1.5],
        [3, -2],
      ]),
    ]);
    expect(rows[1]).toEqual([null, null, null, null]);
    expect(rows.slice(2)).toEqual(rows.slice(0, 2));
  });

  test('streams large transactions, and reads tables on demand meanwhile', async () => {
    await using db = await createDatabase();
    await db.sql(`ALTER DATABASE ${db.name} SET logical_decoding_work_mem = '64kB'`);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY, note text); CREATE TABLE signals (id text PRIMARY KEY, type text, data text)');
    await using run = await startRun({ ...db.config, 'signal.data.collection': 'public.signals' });
    await run.untilSnapshotDone();
    await db.sql(insert(1, 5_000));
    await run.untilRecords(5_000);
    expect(keys(run)).toEqual(series(1, 5_000));
    await db.sql(`INSERT INTO signals VALUES ('s', 'execute-snapshot', '{"data-collections": ["public.t"]}')`);
    await run.until(() => run.records.filter(({ topic }) => topic === 'd.public.t').length === 10_000);
  });
});

describe('what was replicated into the server', () => {
  test.each([
    ['any', [1, 2]],
    ['none', [2]],
  ])('slot.stream.params origin=%s: rows %j of the stream', async (origin, expected) => {
    await using db = await createDatabase();
    await db.sql('CREATE TABLE t (id int PRIMARY KEY, note text)');
    await using run = await startRun({ ...db.config, 'snapshot.mode': 'no_data', 'slot.stream.params': `origin=${origin}` });
    await db.sql(`SELECT pg_replication_origin_create('${db.name}')`);
    try {
      await db.sql(`SELECT pg_replication_origin_session_setup('${db.name}');
        BEGIN; SELECT pg_replication_origin_xact_setup('0/ABC', now()); INSERT INTO t VALUES (1, 'replicated'); COMMIT`);
      await db.sql('SELECT pg_replication_origin_session_reset()');
      await db.sql("INSERT INTO t VALUES (2, 'written here')");
      await run.untilRecords(expected.length);
    } finally {
      await db.sql(`SELECT pg_replication_origin_drop('${db.name}')`);
    }
    expect(keys(run)).toEqual(expected);
  });
});

describe('a slot that the server gives up', () => {
  /** Writes log until the server invalidates the slot. */
  const outrun = async (slot: string): Promise<void> => {
    await server.sql("ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'");
    await server.sql('SELECT pg_reload_conf()');
    try {
      await eventually(async () => {
        await server.sql("SELECT pg_logical_emit_message(false, 'x', repeat('x', 4000000)), pg_switch_wal()");
        await server.sql('CHECKPOINT');
        const [state] = await server.sql(`SELECT wal_status FROM pg_replication_slots WHERE slot_name = '${slot}'`);
        expect(state?.['wal_status']).toBe('lost');
      }, 60_000);
    } finally {
      await server.sql('ALTER SYSTEM RESET max_slot_wal_keep_size');
      await server.sql('SELECT pg_reload_conf()');
    }
  };

  test('while the task was down is named at its start, and when_needed reads anew', async () => {
    await using db = await createDatabase();
    await db.sql(`CREATE TABLE t (id int PRIMARY KEY, note text); ${insert(1, 3)}`);
    const before = await startRun(db.config);
    await before.untilSnapshotDone();
    await before[Symbol.asyncDispose]();
    await outrun(db.name);
    await expect(startRun(db.config, { offset: before.offset })).rejects.toMatchObject({ code: 'postgres.slot_lost' });
    await using run = await startRun({ ...db.config, 'snapshot.mode': 'when_needed' }, { offset: before.offset });
    await run.untilRecords(3);
    expect(keys(run)).toEqual([1, 2, 3]);
  });

  test('under a running task ends it by name, never with a gap', async () => {
    await using db = await createDatabase();
    await db.sql('CREATE TABLE t (id int PRIMARY KEY, note text)');
    await using run = await startRun({ ...db.config, 'lsn.flush.mode': 'manual' });
    await run.untilSnapshotDone();
    await db.sql(insert(1, 3));
    await run.untilRecords(3);
    await outrun(db.name);
    await db.sql(insert(4, 6));
    await expect(run.until(() => false, 30_000)).rejects.toMatchObject({ code: 'postgres.slot_lost' });
    expect(keys(run)).toEqual([1, 2, 3]);
  });

  test('and that someone makes anew under a running task is a named gap', async () => {
    await using db = await createDatabase();
    await db.sql('CREATE TABLE t (id int PRIMARY KEY, note text)');
    await using run = await startRun(db.config);
    await run.untilSnapshotDone();
    await db.sql(insert(1, 3));
    await run.untilRecords(3);
    await eventually(async () => {
      await db.sql(`SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '${db.name}' AND active`);
      await db.sql(`SELECT pg_drop_replication_slot('${db.name}')`);
    });
    await db.sql(insert(4, 6));
    await db.sql(`SELECT pg_create_logical_replication_slot('${db.name}', 'pgoutput')`);
    await expect(run.until(() => false, 30_000)).rejects.toMatchObject({ code: expect.stringMatching(/slot_missing|position_gap/) });
    expect(keys(run)).toEqual([1, 2, 3]);
  });
});

/** An address that stays while the server behind it changes, as a virtual address or a name does. */
class Address implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  target: number;

  private constructor(target: number) {
    this.target = target;
    this.#server = createServer((client) => {
      const upstream = connect(this.target, '127.0.0.1');
      for (const [socket, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
  }

  static async of(target: number): Promise<Address> {
    const address = new Address(target);
    await new Promise<void>((resolve) => address.#server.listen(0, '127.0.0.1', resolve));
    return address;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe('a slot that a standby keeps', () => {
  test('is made by slot.failover, and capture goes on after the standby was promoted: nothing lost, nothing doubled', async () => {
    await using primary = await OwnPostgres.start();
    await using standby = await OwnPostgres.standbyOf(primary);
    await using address = await Address.of(primary.port);
    await primary.sql(`CREATE TABLE t (id int PRIMARY KEY, note text); ${insert(1, 100)}`);
    const raw: RawConfig = {
      ...{ 'topic.prefix': 'd', 'database.hostname': '127.0.0.1', 'database.port': String(address.port), 'database.user': 'headrace' },
      ...{ 'database.password': 'headrace', 'database.dbname': 'postgres', 'slot.name': 'kept', 'slot.failover': 'true' },
      'status.update.interval.ms': '100',
    };
    await using run = await startRun(raw);
    await run.untilSnapshotDone();
    await primary.sql(insert(101, 200));
    await run.untilRecords(200);
    run.acknowledge();
    await eventually(async () => {
      // Both servers have to be at a place where the slot can stand: idle ones get there slowly.
      await primary.sql('SELECT pg_log_standby_snapshot()');
      await run.step();
      run.acknowledge();
      const slots = await standby.sql("SELECT failover, synced, temporary FROM pg_replication_slots WHERE slot_name = 'kept'");
      expect(slots).toEqual([{ failover: true, synced: true, temporary: false }]);
    }, 90_000);
    await primary.sql(insert(201, 300));
    await run.untilRecords(300);
    await primary.kill();
    await standby.sql('SELECT pg_promote()');
    address.target = standby.port;
    await standby.sql(insert(301, 400));
    await run.until(() => run.records.length >= 400, 60_000);
    expect(keys(run)).toEqual(series(1, 400));
    expect(run.log.map(({ message }) => message)).toContain('The connection to PostgreSQL is back.');
  }, 240_000);
});

import { bankTransfers, orderEntry, statementOf, type RowChange, type Workload } from '@headrace/testkit';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { shortLease, startWorkers, stopWorkers, type WorkerProcess } from '../support/cluster.ts';
import type { Database } from '../support/databases.ts';
import { hasFallen } from '../support/process-state.ts';
import { postgresSource, Product, sqlSink } from '../support/product.ts';
import { until } from '../support/wait.ts';

const rows = 200;
const rowsPerTransaction = 20;

/**
 * The crash points are listed, with what they mean, in `packages/foundation/src/lifecycle/crash-point.ts`. The sink appends to
 * a table without a key: a batch that is applied twice would be there twice, whatever the rows are. With lanes, source transactions
 * are applied whole and four at once, and a worker falls with what is applied above its low-water mark.
 */
describe('a worker whose SQL sink', () => {
  let product: Product;

  beforeAll(async () => {
    product = await Product.start(1);
  });

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
    await stopWorkers();
  });

  /** Each thread of a doomed worker that was continued would fall anew: nobody may inherit one. */
  const endAll = async (): Promise<void> => {
    for (const worker of await product.refreshWorkers()) {
      process.kill(worker.pid, 'SIGCONT');
      process.kill(worker.pid, 'SIGKILL');
    }
    await product.refreshWorkers();
  };

  const startDoomed = async (point: string): Promise<WorkerProcess> => {
    await endAll();
    const [doomed] = await startWorkers(1, { environment: { ...shortLease, CRASH_POINT: point } });
    await product.refreshWorkers();
    if (doomed === undefined) throw new Error('No worker was started.');
    return doomed;
  };

  const insert = async (source: Database, from: number, to: number): Promise<void> => {
    for (let first = from; first <= to; first += rowsPerTransaction) {
      const last = Math.min(to, first + rowsPerTransaction - 1);
      await source.run(`INSERT INTO entries SELECT g, 'entry ' || g FROM generate_series(${String(first)}, ${String(last)}) g`);
    }
  };

  const counted = async (target: Database, table: string): Promise<string> => {
    const [row] = await target
      .rows(`SELECT concat(count(*), ' rows, ', count(DISTINCT id), ' of them different') AS counted FROM ${table}`)
      .catch(() => []);
    return row?.['counted'] ?? 'no table';
  };

  const streaming = (slot: string): string => `SELECT 1 FROM pg_replication_slots WHERE slot_name = '${slot}' AND active`;

  const appending = { 'insert.mode': 'insert', 'primary.key.mode': 'none', 'delete.enabled': 'false', 'batch.size': '20' };
  const lanes = { 'transaction.atomic': 'true', 'transaction.parallel': '4' };

  const whole = (count: number): string => `${String(count)} rows, ${String(count)} of them different`;

  test.each([
    ['sink.fence-held:3', 'postgres', 'one after the other'],
    ['sink.before-commit:3', 'postgres', 'one after the other'],
    ['sink.after-commit:3', 'postgres', 'one after the other'],
    ['sink.before-commit:3', 'mariadb', 'one after the other'],
    ['sink.after-commit:3', 'mariadb', 'one after the other'],
    ['sink.before-commit:3:SIGSTOP', 'postgres', 'one after the other'],
    ['sink.after-commit:3:SIGSTOP', 'postgres', 'one after the other'],
    ['sink.fence-held:3:SIGSTOP', 'mariadb', 'one after the other'],
    ['sink.before-commit:3:SIGSTOP', 'mariadb', 'one after the other'],
    ['sink.before-commit:6:SIGSTOP', 'mariadb', 'in lanes'],
    ['sink.after-commit:6:SIGSTOP', 'postgres', 'in lanes'],
  ] as const)('falls at %s leaves every row once in %s, applied %s', async (point, kind, way) => {
    const doomed = await startDoomed(point);
    const { name, database: source } = await product.postgres('entries');
    const { database: target } = kind === 'postgres' ? await product.postgres('appended') : await product.mariadb('appended');
    await source.run('CREATE TABLE entries (id int PRIMARY KEY, note text)');
    await product.rest.create(name, postgresSource(source.url, name, { 'provide.transaction.metadata': 'true' }));
    // Rows of a snapshot are in no transaction.
    await until('the source streams', async () => (await source.rows(streaming(name))).length === 1, { withinMs: 60_000 });
    await insert(source, 1, rows);
    const table = `${name}_public_entries`;
    const [topics, settings] =
      way === 'in lanes'
        ? [`${name}\\.(public\\.entries|transaction)`, { ...appending, ...lanes }]
        : [`${name}\\.public\\.entries`, appending];
    await product.rest.create(`${name}-sink`, sqlSink(target.url, topics, settings));
    await until('the worker has fallen', () => hasFallen(doomed.pid), { withinMs: 60_000 });

    const isFrozen = point.endsWith('SIGSTOP');
    await startWorkers(isFrozen ? 2 : 1, { environment: shortLease });
    await until('all rows are there', async () => (await counted(target, table)) === whole(rows), { withinMs: 60_000 });
    if (isFrozen) process.kill(doomed.pid, 'SIGCONT');
    await insert(source, rows + 1, rows + 20);
    await until('later rows are there', async () => (await counted(target, table)) === whole(rows + 20), { withinMs: 60_000 });
    await product.refreshWorkers();
    await product.rest.call('DELETE', `/connectors/${name}-sink`);
    await product.rest.call('DELETE', `/connectors/${name}`);
    expect(await counted(target, table)).toBe(whole(rows + 20));
  });

  /** A statement into the table does not end as long as there is a table `gate`: no time-out of the session ends it either. */
  const gates = {
    postgres: {
      gate: (table: string) => [
        'CREATE TABLE gate ()',
        `CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN IF to_regclass(''public.gate'') IS NOT NULL THEN PERFORM pg_sleep(20); END IF; RETURN NEW; END'`,
        `CREATE TRIGGER hold BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION hold()`,
      ],
      held: `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`,
    },
    mariadb: {
      gate: (table: string) => [
        'CREATE TABLE gate (id int)',
        `CREATE TRIGGER hold BEFORE INSERT ON ${table} FOR EACH ROW
          IF EXISTS (SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'gate') THEN DO SLEEP(20); END IF`,
      ],
      held: `SELECT 1 FROM information_schema.processlist WHERE db = DATABASE() AND state = 'User sleep'`,
    },
  } as const;

  test.each(['postgres', 'mariadb'] as const)(
    'freezes in the midst of a statement of an open transaction in %s holds up nobody for longer than its lease',
    async (kind) => {
      await endAll();
      await product.scale(2, { environment: shortLease });
      const { name, database: source } = await product.postgres('entries');
      const { database: target } = await product[kind]('held');
      await source.run('CREATE TABLE entries (id int PRIMARY KEY, note text)');
      await insert(source, 1, rowsPerTransaction);
      await product.rest.create(name, postgresSource(source.url, name));
      await product.rest.create(`${name}-sink`, sqlSink(target.url, `${name}\\.public\\.entries`, appending));
      const table = `${name}_public_entries`;
      const areThere = async (count: number): Promise<boolean> => (await counted(target, table)) === whole(count);
      await until('the first rows are there', () => areThere(rowsPerTransaction), { withinMs: 60_000 });

      for (const sql of gates[kind].gate(table)) await target.run(sql);
      await insert(source, rowsPerTransaction + 1, 2 * rowsPerTransaction);
      await until('a statement is held', async () => (await target.rows(gates[kind].held)).length > 0, { withinMs: 30_000 });
      const frozen = await product.ownerOf(`${name}-sink`);
      process.kill(frozen.pid, 'SIGSTOP');
      await target.run('DROP TABLE gate');
      await until('another worker has written the rows', () => areThere(2 * rowsPerTransaction), { withinMs: 15_000 });

      process.kill(frozen.pid, 'SIGCONT');
      await insert(source, 2 * rowsPerTransaction + 1, 3 * rowsPerTransaction);
      await until('later rows are there', () => areThere(3 * rowsPerTransaction), { withinMs: 60_000 });
      await product.rest.call('DELETE', `/connectors/${name}-sink`);
      await product.rest.call('DELETE', `/connectors/${name}`);
      expect(await counted(target, table)).toBe(whole(3 * rowsPerTransaction));
    },
  );

  test('shows nobody a transaction that is only half there, while it freezes, falls and its target is killed', async () => {
    await endAll();
    await product.scale(2, { environment: shortLease });
    const { name, database: source } = await product.postgres('trade');
    const { database: target } = await product.mariadb('trade_copy');
    const [bank, trade] = [bankTransfers(10), orderEntry(4)];
    const workloads = [bank, trade];
    const copyOf = (table: string): string => `${name}_public_${table}`;
    const same = (table: string): string => table;
    const make = (changes: readonly RowChange[], { columns }: Workload): Promise<void> =>
      source.transaction(async (run) => {
        for (const change of changes) await run(statementOf(change, columns));
      });
    const asked = async (database: Database, sql: string): Promise<Record<string, string | null> | undefined> =>
      (await database.rows(sql).catch(() => []))[0];

    for (const sql of workloads.flatMap((workload) => workload.ddl(same))) await source.run(sql);
    // The constraints of the source hold in the copy too, at every commit.
    for (const sql of trade.ddl(copyOf)) await target.run(sql);
    await make(bank.initial, bank);
    await product.rest.create(name, postgresSource(source.url, name, { 'provide.transaction.metadata': 'true' }));
    await until('the source streams', async () => (await source.rows(streaming(name))).length === 1, { withinMs: 60_000 });
    // The rows of a snapshot come in any order, which the constraints would refuse.
    await make(trade.initial, trade);
    await product.rest.create(`${name}-sink`, sqlSink(target.url, `${name}\\.(public\\..*|transaction)`, lanes));
    const isWhole = async (workload: Workload): Promise<boolean> =>
      isDeepStrictEqual({ ...(await asked(target, workload.invariant(copyOf))) }, workload.expected);
    for (const workload of workloads) await until('the first rows are copied', () => isWhole(workload), { withinMs: 60_000 });

    const over = new AbortController();
    const seen = workloads.map((): string[] => []);
    const watching = (async () => {
      while (!over.signal.aborted) {
        for (const [at, workload] of workloads.entries()) {
          // While the target is away there is no answer.
          const state = await asked(target, workload.invariant(copyOf));
          if (state !== undefined) seen[at]?.push(JSON.stringify(state));
        }
      }
    })();
    const working = (async () => {
      while (!over.signal.aborted) {
        for (const workload of workloads) await make(workload.next(), workload);
        await sleep(20);
      }
    })();
    const progressOf = async (database: Database, sql: string): Promise<number> => Number((await asked(database, sql))?.['progress'] ?? 0);
    const goesOn = async (): Promise<void> => {
      for (const workload of workloads) {
        const before = await progressOf(source, workload.progress(same));
        const isAhead = async (): Promise<boolean> => (await progressOf(target, workload.progress(copyOf))) > before;
        await until('transactions arrive that were made since', isAhead, { withinMs: 60_000 });
      }
    };
    try {
      await goesOn();
      const frozen = await product.ownerOf(`${name}-sink`);
      process.kill(frozen.pid, 'SIGSTOP');
      // A worker that stays frozen would spoil every test behind this one.
      await goesOn().finally(() => process.kill(frozen.pid, 'SIGCONT'));
      await product.restartServer('mariadb', 'KILL');
      await goesOn();
      process.kill((await product.ownerOf(`${name}-sink`)).pid, 'SIGKILL');
      await goesOn();
    } finally {
      over.abort();
      await Promise.all([watching, working]);
    }

    for (const [table, rows] of workloads.flatMap((workload) => [...workload.rows()])) {
      const sql = `SELECT * FROM ${copyOf(table)} ORDER BY id`;
      const isCopied = async (): Promise<boolean> =>
        isDeepStrictEqual(
          (await target.rows(sql)).map((row) => ({ ...row })),
          rows,
        );
      await until(`${table} is copied`, isCopied, { withinMs: 60_000 });
    }
    await product.rest.call('DELETE', `/connectors/${name}-sink`);
    await product.rest.call('DELETE', `/connectors/${name}`);
    for (const [at, { expected }] of workloads.entries()) {
      expect(seen[at]?.length).toBeGreaterThan(50);
      expect(new Set(seen[at])).toEqual(new Set([JSON.stringify(expected)]));
    }
  });
});

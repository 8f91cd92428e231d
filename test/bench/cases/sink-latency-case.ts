import { setTimeout as sleep } from 'node:timers/promises';
import { openPostgres, withDatabase } from '../../support/databases.ts';
import { pace, percentiles } from '../measure/latency.ts';
import { Orders } from '../sources/orders.ts';
import { openSource, uniqueName } from '../sources/source-database.ts';
import type { ConnectWorker } from '../systems/connect-worker.ts';
import { waitFor } from '../wait.ts';
import type { Attempt, Bench, BenchCase } from '../workload.ts';
import { openTarget, sinkConfig, type TargetDatabase } from './sink-target.ts';
import { SourceConnector } from './source-connector.ts';

const table = 'orders_copy';
const firstId = 1_000_000;
const pollMs = 1;
const startTimeoutMs = 90_000;
/** Settings that gather bytes for throughput would only add latency here. */
const promptly = { 'consumer.override.fetch.min.bytes': '1' } as const;

/** Single-row transactions in one PostgreSQL: how long after its commit a row can be read in another one, with a capture and a sink between. */
export const sinkLatencyCase: BenchCase = {
  kind: 'sink',
  prepare: async (bench, changes) =>
    Promise.resolve({
      attempt: async (worker: ConnectWorker) => attempt(bench, worker, changes),
      [Symbol.asyncDispose]: async () => Promise.resolve(),
    }),
};

const attempt = async (bench: Bench, worker: ConnectWorker, changes: number): Promise<Attempt> => {
  await using made = new AsyncDisposableStack();
  const { signal, servers } = bench;
  const source = made.use(await openSource('postgres', servers, signal));
  const connector = made.use(await SourceConnector.prepare(bench, worker, source));
  await connector.createStreaming('postgres');
  const target = made.use(await openTarget('postgres', servers));
  const name = uniqueName();
  await worker.create(name, { ...sinkConfig(worker, target, connector.topic, table), ...promptly });
  made.defer(async () => {
    await worker.delete(name);
    await bench.topics.dropGroup(`connect-${name}`);
  });
  const isFilled = async (): Promise<true | undefined> => ((await target.has(table)) ? true : undefined);
  await waitFor('the sink has made its table', isFilled, { withinMs: startTimeoutMs, signal });
  const database = openPostgres(withDatabase(servers.postgresUrl, source.name));
  made.defer(async () => database.close());
  const watch = new ArrivalWatch(target, changes);
  let work: readonly Promise<void>[] = [];
  made.defer(async () => {
    await Promise.allSettled(work);
  });
  const owned = made.move();
  return {
    connector: name,
    expected: changes,
    go: async () => {
      const orders = new Orders(database, signal, { firstMark: firstId });
      work = [pace(orders, changes, signal, (id) => watch.committed(id)), watch.run(signal)];
      return Promise.resolve();
    },
    arrived: async () => Promise.resolve(watch.micros.length),
    latency: () => percentiles(watch.micros),
    verify: async () => {
      await Promise.all(work);
      if (watch.micros.length !== changes) throw new Error(`${String(watch.micros.length)} rows came, not ${String(changes)}.`);
    },
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  };
};

/** Looks into the target every millisecond or so: what it finds was committed there at that moment at the latest. */
class ArrivalWatch {
  /** From the answer to the commit at the source until the row was seen. */
  readonly micros: number[] = [];
  readonly #target: TargetDatabase;
  readonly #changes: number;
  readonly #committedAt = new Map<number, number>();
  readonly #seenAt = new Map<number, number>();
  #lowest = firstId;

  constructor(target: TargetDatabase, changes: number) {
    this.#target = target;
    this.#changes = changes;
  }

  committed(id: number): void {
    this.#committedAt.set(id, performance.now());
    this.#match(id);
  }

  async run(signal: AbortSignal): Promise<void> {
    const end = firstId + this.#changes;
    while (this.#lowest < end) {
      const rows = await this.#target.database.rows(
        `SELECT id FROM ${table} WHERE id >= ${String(this.#lowest)} AND id < ${String(end)} ORDER BY id`,
      );
      const now = performance.now();
      for (const row of rows) {
        const id = Number(row['id']);
        if (this.#seenAt.has(id)) continue;
        this.#seenAt.set(id, now);
        this.#match(id);
      }
      while (this.#seenAt.has(this.#lowest)) this.#lowest += 1;
      await sleep(pollMs, undefined, { signal });
    }
  }

  #match(id: number): void {
    const [committedAt, seenAt] = [this.#committedAt.get(id), this.#seenAt.get(id)];
    if (committedAt !== undefined && seenAt !== undefined) this.micros.push(Math.max(0, seenAt - committedAt) * 1_000);
  }
}

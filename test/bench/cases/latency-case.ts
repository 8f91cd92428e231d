import { setTimeout as sleep } from 'node:timers/promises';
import { openPostgres, withDatabase, type Database } from '../../support/databases.ts';
import { TopicReader } from '../../support/topic-reader.ts';
import { Orders } from '../sources/orders.ts';
import { openSource } from '../sources/source-database.ts';
import type { ConnectWorker } from '../systems/connect-worker.ts';
import type { Attempt, Bench, BenchCase, Latency } from '../workload.ts';
import { SourceConnector } from './source-connector.ts';

const changesPerSecond = 1_000;
const tickMs = 10;
/** Far from the rows that tell whether changes arrive. */
const firstId = 1_000_000;

/** Single-row transactions at an even pace: how long after its commit a change reaches a consumer. */
export const latencyCase: BenchCase = {
  kind: 'source',
  prepare: async (bench, changes) =>
    Promise.resolve({
      attempt: async (worker: ConnectWorker) => attempt(bench, worker, changes),
      [Symbol.asyncDispose]: async () => Promise.resolve(),
    }),
};

const attempt = async (bench: Bench, worker: ConnectWorker, changes: number): Promise<Attempt> => {
  await using made = new AsyncDisposableStack();
  const source = made.use(await openSource('postgres', bench.servers, bench.signal));
  const connector = made.use(await SourceConnector.prepare(bench, worker, source));
  await connector.createStreaming('postgres');
  const micros: number[] = [];
  const { kafkaBrokers: brokers, registryUrl } = bench.servers;
  const isCommitted = worker.facts.guarantee === 'exactly-once';
  const reader = new TopicReader({
    brokers,
    registryUrl,
    topics: [connector.topic],
    isCommitted,
    onEvent: ({ value }) => {
      const { source: block } = value as { readonly source: { readonly ts_us: bigint } };
      micros.push((performance.timeOrigin + performance.now()) * 1_000 - Number(block.ts_us));
    },
  });
  made.use(reader);
  await reader.start();
  while (reader.events.length === 0) await sleep(50, undefined, { signal: bench.signal });
  micros.length = 0;
  // Commits that do not wait for the disk reach the log's reader only when the server's own writer gets to them.
  const database = openPostgres(withDatabase(bench.servers.postgresUrl, source.name));
  made.defer(async () => database.close());
  let writing = Promise.resolve();
  made.defer(async () => writing);
  const owned = made.move();
  return {
    connector: connector.name,
    expected: changes,
    go: async () => {
      writing = pace(database, bench, changes);
      return Promise.resolve();
    },
    arrived: async () => Promise.resolve(micros.length),
    latency: () => percentiles(micros),
    verify: async () => {
      await writing;
      if (micros.length !== changes) throw new Error(`${String(micros.length)} changes came, not ${String(changes)}.`);
    },
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  };
};

/** A tick's changes are on their way at once; the next tick waits for them. */
const pace = async (database: Database, { signal }: Bench, changes: number): Promise<void> => {
  const orders = new Orders(database, signal, firstId);
  const perTick = (changesPerSecond * tickMs) / 1_000;
  const startedAt = performance.now();
  for (let tick = 0; tick * perTick < changes; tick += 1) {
    const count = Math.min(perTick, changes - tick * perTick);
    await Promise.all(Array.from({ length: count }, async () => orders.mark()));
    const early = startedAt + (tick + 1) * tickMs - performance.now();
    if (early > 0) await sleep(early, undefined, { signal });
  }
};

const percentiles = (micros: readonly number[]): Latency => {
  const ascending = micros.toSorted((a, b) => a - b);
  const at = (share: number): number => Number(((ascending[Math.floor((ascending.length - 1) * share)] ?? Number.NaN) / 1_000).toFixed(1));
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
};

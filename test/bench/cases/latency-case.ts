import { setTimeout as sleep } from 'node:timers/promises';
import { openPostgres, withDatabase } from '../../support/databases.ts';
import { TopicReader } from '../../support/topic-reader.ts';
import { pace, percentiles } from '../measure/latency.ts';
import { Orders } from '../sources/orders.ts';
import { openSource } from '../sources/source-database.ts';
import type { ConnectWorker } from '../systems/connect-worker.ts';
import type { Attempt, Bench, BenchCase } from '../workload.ts';
import { SourceConnector } from './source-connector.ts';

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
      writing = pace(new Orders(database, bench.signal, { firstMark: firstId }), changes, bench.signal);
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

import { dropTopics } from '../leftovers.ts';
import { openSource, uniqueName, type SourceKind } from '../sources/source-database.ts';
import type { ConnectWorker } from '../systems/connect-worker.ts';
import { waitFor } from '../wait.ts';
import type { Attempt, Bench, BenchCase } from '../workload.ts';
import { openTarget, sinkConfig, type TargetDatabase } from './sink-target.ts';
import { SourceConnector } from './source-connector.ts';

const fillTimeoutMs = 1_800_000;
const table = 'orders_copy';

/** A topic of change events, filled once by a capture of PostgreSQL, applied to a target again and again. */
export const sinkCase = (kind: SourceKind): BenchCase => ({
  kind: 'sink',
  prepare: async (bench, rows, filler) => {
    const topic = await fillTopic(bench, rows, await filler());
    return {
      attempt: async (worker) => attempt(bench, worker, { kind, topic, rows }),
      [Symbol.asyncDispose]: async () => dropTopics(bench, [topic]),
    };
  },
});

/** Through the log, so that the rows are in the topic in the order of their ids. */
const fillTopic = async (bench: Bench, rows: number, worker: ConnectWorker): Promise<string> => {
  await using source = await openSource('postgres', bench.servers, bench.signal);
  const connector = await SourceConnector.prepare(bench, worker, source);
  let isFilled = false;
  try {
    await connector.createStreaming('postgres');
    const before = await connector.arrived();
    await source.orders.fill(rows);
    const isCaptured = async (): Promise<true | undefined> => {
      await worker.status(connector.name);
      return (await connector.arrived()) >= before + rows ? true : undefined;
    };
    await waitFor(`${String(rows)} rows are captured`, isCaptured, { withinMs: fillTimeoutMs, signal: bench.signal });
    isFilled = true;
  } finally {
    await connector.remove(isFilled);
  }
  return connector.topic;
};

const attempt = async (bench: Bench, worker: ConnectWorker, { kind, topic, rows }: SinkWork): Promise<Attempt> => {
  await using made = new AsyncDisposableStack();
  const name = uniqueName();
  const target = made.use(await openTarget(kind, bench.servers));
  made.defer(async () => {
    await worker.delete(name);
    await bench.topics.dropGroup(`connect-${name}`);
  });
  const owned = made.move();
  return {
    connector: name,
    expected: rows,
    go: async () => worker.create(name, sinkConfig(worker, target, topic, table)),
    arrived: async () => highestId(target, rows),
    verify: async () => {
      const sums = kind === 'postgres' ? 'count(*)::text AS n, sum(id)::text AS ids' : 'count(*) AS n, sum(id) AS ids';
      const [row] = await target.database.rows(`SELECT ${sums} FROM ${table} WHERE id <= ${String(rows)}`);
      const ids = String((BigInt(rows) * BigInt(rows + 1)) / 2n);
      if (String(row?.['n']) !== String(rows) || String(row?.['ids']) !== ids)
        throw new Error(`${worker.facts.system} left ${row?.['n'] ?? 'no'} rows in the target, not ${String(rows)}.`);
    },
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  };
};

interface SinkWork {
  readonly kind: SourceKind;
  readonly topic: string;
  readonly rows: number;
}

/** Rows come in the order of their ids, one partition, one task: the highest one tells how many are there, at no cost. */
const highestId = async (target: TargetDatabase, rows: number): Promise<number> => {
  if (!(await target.has(table))) return 0;
  const [row] = await target.database.rows(`SELECT max(id) AS id FROM ${table} WHERE id <= ${String(rows)}`);
  return Number(row?.['id'] ?? 0);
};

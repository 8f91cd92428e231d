import { writeMix } from '../sources/mixed-load.ts';
import { openSource, type SourceKind } from '../sources/source-database.ts';
import type { ConnectWorker } from '../systems/connect-worker.ts';
import type { Attempt, Bench, BenchCase } from '../workload.ts';
import { prepareReference } from './reference.ts';
import { SourceConnector } from './source-connector.ts';

/** A backlog in the log, drained into Kafka: the writer is not part of the measurement. */
export const streamCase = (kind: SourceKind): BenchCase => ({
  kind: 'source',
  prepare: async (bench, changes) =>
    Promise.resolve({
      attempt: async (worker: ConnectWorker) => attempt(bench, worker, kind, changes),
      // Each attempt has a database of its own: a slot sees only what is written after it.
      [Symbol.asyncDispose]: async () => Promise.resolve(),
    }),
});

const attempt = async (bench: Bench, worker: ConnectWorker, kind: SourceKind, changes: number): Promise<Attempt> => {
  await using made = new AsyncDisposableStack();
  const source = made.use(await openSource(kind, bench.servers, bench.signal, bench.shape));
  for (const table of source.tables) await table.seed();
  const connector = made.use(await SourceConnector.prepare(bench, worker, source));
  await connector.createStreaming(kind);
  await worker.stop(connector.name);
  const reference = bench.hasReference ? await prepareReference(kind, connector.name, source) : undefined;
  const [endBefore, committedBefore] = [await connector.arrived(), await connector.committed(0)];
  bench.say(`writing the backlog of ${String(changes)} changes...`);
  const expected = await writeMix(source, changes, bench.signal);
  const owned = made.move();
  return {
    connector: connector.name,
    expected,
    go: async () => worker.resume(connector.name),
    arrived: async () => (await connector.arrived()) - endBefore,
    verify: async () => connector.verify(committedBefore + expected),
    ...(reference === undefined ? {} : { reference: async () => reference(expected, bench.signal) }),
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  };
};

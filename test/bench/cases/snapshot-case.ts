import { openSource, type SourceKind } from '../sources/source-database.ts';
import type { Attempt, BenchCase } from '../workload.ts';
import { SourceConnector } from './source-connector.ts';

/** A table that is there already, read into Kafka. */
export const snapshotCase = (kind: SourceKind): BenchCase => ({
  kind: 'source',
  prepare: async (bench, rows) => {
    const source = await openSource(kind, bench.servers, bench.signal);
    try {
      await source.orders.fill(rows);
    } catch (failure) {
      await source[Symbol.asyncDispose]();
      throw failure;
    }
    return {
      attempt: async (worker): Promise<Attempt> => {
        const connector = await SourceConnector.prepare(bench, worker, source);
        return {
          connector: connector.name,
          expected: rows,
          go: async () => connector.create(kind, { 'snapshot.mode': 'initial' }),
          arrived: async () => connector.arrived(),
          verify: async () => connector.verify(rows),
          [Symbol.asyncDispose]: async () => connector[Symbol.asyncDispose](),
        };
      },
      [Symbol.asyncDispose]: async () => source[Symbol.asyncDispose](),
    };
  },
});

import { startPeerWorker } from '../../support/peer/peer-worker.ts';
import { internalTopics } from '../../support/peer/worker-settings.ts';
import { ConnectWorker } from '../systems/connect-worker.ts';
import type { StartSystem } from '../systems/system.ts';
import { peerTuning } from './settings.ts';

/** A worker of Kafka Connect with Debezium that leaves no topics behind. */
export const startDebezium: StartSystem = async (bench, guarantee) => {
  const prefix = `bench-peer-${process.env['PORT_BASE'] ?? ''}`;
  await using started = new AsyncDisposableStack();
  // What an interrupted run left in them would be started again.
  await bench.topics.drop(internalTopics(prefix));
  started.defer(async () => {
    await bench.topics.drop(internalTopics(prefix));
    await bench.topics.dropGroup(prefix);
  });
  const { pid, rest } = started.use(
    await startPeerWorker({
      brokers: bench.servers.kafkaBrokers,
      registryUrl: new URL('/apis/registry/v2', bench.servers.registryUrl).href,
      prefix,
      isExactlyOnce: guarantee === 'exactly-once',
      report: bench.say,
      signal: bench.signal,
    }),
  );
  const worker = new ConnectWorker({ system: 'debezium', pid, rest, guarantee, tuning: peerTuning }, bench.signal);
  const owned = started.move();
  return { worker, [Symbol.asyncDispose]: async () => owned.disposeAsync() };
};

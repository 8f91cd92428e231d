import { liveWorkers, stopWorkers } from '../../support/cluster.ts';
import { runScript } from '../../support/scripts.ts';
import { ConnectWorker, type Tuning } from './connect-worker.ts';
import type { StartSystem } from './system.ts';

/** As shipped: nothing to tune. */
const tuning: Tuning = { postgres: {}, mariadb: {}, sink: {}, sinkUrlQuery: { postgres: '', mariadb: '' } };

/** Compiles the worker once, so that all runs are of one build. */
export const buildHeadrace = async (): Promise<void> => {
  await runScript('cluster', ['up', '--workers', '0']);
};

/** One of our workers, started as users start it. */
export const startHeadrace: StartSystem = async (bench, guarantee) => {
  const environment = {
    HEADRACE_EXACTLY_ONCE_SOURCE_SUPPORT: guarantee === 'exactly-once' ? 'enabled' : 'disabled',
    // A port that its inspector may take when a profile is asked for.
    NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --inspect-port=127.0.0.1:0`.trim(),
  };
  await using started = new AsyncDisposableStack();
  started.defer(async () => stopWorkers());
  await runScript('cluster', ['up', '--workers', '1', '--no-build'], { environment });
  const [own] = await liveWorkers();
  if (own === undefined) throw new Error('./scripts/cluster started no worker.');
  const worker = new ConnectWorker({ system: 'headrace', pid: own.pid, rest: own.rest, guarantee, tuning }, bench.signal);
  await worker.deleteAll();
  const owned = started.move();
  return { worker, [Symbol.asyncDispose]: async () => owned.disposeAsync() };
};

/** Workers that somebody else runs would take part in the work: refuse to measure beside them. */
export const requireNoWorkers = async (): Promise<void> => {
  const workers = await liveWorkers();
  if (workers.length > 0)
    throw new Error(
      `${String(workers.length)} workers run on this PORT_BASE: end them with ./scripts/cluster down, or choose another PORT_BASE.`,
    );
};

import type { Guarantee } from '../options.ts';
import type { Bench } from '../workload.ts';
import type { ConnectWorker } from './connect-worker.ts';

/** A worker that runs for one turn and leaves nothing behind. */
export interface RunningSystem extends AsyncDisposable {
  readonly worker: ConnectWorker;
}

/** Starts one worker of a system and waits until it takes connectors; there are none yet. */
export type StartSystem = (bench: Bench, guarantee: Guarantee) => Promise<RunningSystem>;

import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectWorker } from '../systems/connect-worker.ts';
import type { Attempt } from '../workload.ts';
import { coreCount, cpuSecondsOf, machineTimes, peakResidentBytes } from './processes.ts';
import { ratesOf, type Sample, type WindowRates } from './window.ts';

const statusEvery = 25;
/** A run in which nothing arrives for this long has failed. */
const stalledMs = 90_000;

export interface Measurement {
  readonly rates: WindowRates;
  readonly peakRssBytes: number;
  readonly lane: string | undefined;
}

export interface Metered {
  readonly worker: ConnectWorker;
  readonly attempt: Attempt;
  /** Process ids of the servers by name. */
  readonly servers: ReadonlyMap<string, number>;
  readonly signal: AbortSignal;
}

/** Without children: the peer's worker is one of them. */
const ownCpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Looking costs some ten milliseconds of CPU: rarely where a run is long. */
const sampleEveryMs = (expected: number): number => (expected < 1_000_000 ? 200 : 1_000);

/** Lets the changes flow and watches the far end and all processes until everything has arrived. */
export const measure = async ({ worker, attempt, servers, signal }: Metered): Promise<Measurement> => {
  const roots = new Map([['worker', worker.facts.pid], ...servers]);
  const read = async (): Promise<Sample> => {
    const arrived = await attempt.arrived();
    const machine = machineTimes();
    return {
      atSeconds: performance.now() / 1_000,
      arrived,
      cpuSeconds: cpuSecondsOf(roots).set('bench', ownCpuSeconds()),
      busySeconds: machine.busy,
      stolenSeconds: machine.stolen,
    };
  };
  const samples = [await read()];
  await attempt.go();
  let lastProgressAt = performance.now();
  for (let last = samples[0]; last !== undefined && last.arrived < attempt.expected; last = samples.at(-1)) {
    await sleep(sampleEveryMs(attempt.expected), undefined, { signal });
    const sample = await read();
    if (sample.arrived > last.arrived) lastProgressAt = performance.now();
    samples.push(sample);
    if (samples.length % statusEvery === 0) await worker.status(attempt.connector);
    if (performance.now() - lastProgressAt > stalledMs)
      throw new Error(
        `${String(sample.arrived)} of ${String(attempt.expected)} changes arrived, then nothing for ${String(stalledMs / 1_000)} s.`,
      );
  }
  const peakRssBytes = peakResidentBytes(worker.facts.pid);
  const lane = await worker.lane(attempt.connector);
  return { rates: ratesOf(samples, attempt.expected, coreCount), peakRssBytes, lane };
};

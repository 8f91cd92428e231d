import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../support/scripts.ts';
import type { ConnectWorker } from '../systems/connect-worker.ts';
import { Inspector, openInspector, type SendCommand } from './inspector.ts';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
}

interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface Profiled {
  readonly worker: ConnectWorker;
  readonly connector: string;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

interface ProfiledThread {
  readonly send: SendCommand;
  readonly started: Promise<unknown>;
}

const samplingMicros = 500;
const shownFunctions = 30;

/** Does `work` while the task threads of the worker are profiled, also those that it starts; writes a .cpuprofile of each. */
export const profileTask = async <T>({ worker, connector, signal, say }: Profiled, work: () => Promise<T>): Promise<T> => {
  const stackDir = join(root, '.stack', process.env['PORT_BASE'] ?? '');
  const dir = join(stackDir, 'bench');
  const log = join(stackDir, 'cluster', `worker-${new URL(worker.facts.rest).port}.log`);
  const threads: ProfiledThread[] = [];
  const inspector = await Inspector.connect(await openInspector(worker.facts.pid, log, signal), (send) => {
    threads.push({ send, started: start(send) });
  });
  try {
    const result = await work();
    const times: ReadonlyMap<string, number>[] = [];
    await mkdir(dir, { recursive: true });
    for (const [index, thread] of threads.entries()) {
      const profile = await stop(thread);
      times.push(selfTimes(profile));
      await writeFile(join(dir, `${connector}-${String(index)}.cpuprofile`), JSON.stringify(profile));
    }
    // The worker also keeps a thread ready for the next task: it did nothing that was measured.
    const [busiest] = times.toSorted((a, b) => sum(b) - sum(a));
    say(
      `${String(threads.length)} profiles in ${dir}/${connector}-*.cpuprofile; the busiest:\n${hottest(busiest ?? new Map<string, number>())}`,
    );
    return result;
  } finally {
    inspector.close();
  }
};

const stop = async ({ send, started }: ProfiledThread): Promise<CpuProfile> => {
  await started;
  return ((await send('Profiler.stop')) as { readonly profile: CpuProfile }).profile;
};

const start = async (send: SendCommand): Promise<void> => {
  await send('Profiler.enable');
  await send('Profiler.setSamplingInterval', { interval: samplingMicros });
  await send('Profiler.start');
};

/** Microseconds spent in each function itself, idle time left out. */
const selfTimes = ({ nodes, samples, timeDeltas }: CpuProfile): ReadonlyMap<string, number> => {
  const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  const times = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const place = places.get(id) ?? '';
    times.set(place, (times.get(place) ?? 0) + (timeDeltas[index] ?? 0));
  }
  times.delete('(idle)');
  return times;
};

const sum = (times: ReadonlyMap<string, number>): number => times.values().reduce((total, micros) => total + micros, 0);

/** The functions that took most, with their share of the time in which the thread did anything. */
const hottest = (times: ReadonlyMap<string, number>): string => {
  const busy = sum(times);
  return [...times]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, shownFunctions)
    .map(
      ([place, micros]) => `  ${((100 * micros) / busy).toFixed(1).padStart(5)} %  ${(micros / 1_000).toFixed(0).padStart(7)} ms  ${place}`,
    )
    .join('\n');
};

const placeOf = ({ functionName, url, lineNumber }: ProfileNode['callFrame']): string => {
  const name = functionName === '' ? '(anonymous)' : functionName;
  return url === '' ? name : `${name}  ${url.replace(/^.*\/(packages|node_modules)\//, '')}:${String(lineNumber + 1)}`;
};

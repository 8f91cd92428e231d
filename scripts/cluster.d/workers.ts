import { spawn } from 'node:child_process';
import { mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { isRunning, stopTree } from '../stack.d/native/processes.ts';

/** One worker process as `status --json` shows it. */
export interface WorkerProcess {
  /** As the statuses' worker_id. */
  readonly id: string;
  readonly pid: number;
  readonly rest: string;
  /** File with all it has printed, also in earlier lives on its port. */
  readonly log: string;
  /** When the code it runs was built, in milliseconds of the epoch. */
  readonly builtAt: number;
}

export interface ClusterPlace {
  readonly root: string;
  /** State and logs: `.stack/$PORT_BASE/cluster`. */
  readonly dir: string;
  /** REST port of the first worker; the others follow. */
  readonly firstPort: number;
  readonly environment: Readonly<Record<string, string>>;
}

const bundle = 'packages/worker/dist/bundle';
const entry = `${bundle}/main.js`;
// As deploy/Dockerfile starts it. Threads that collect garbage in parallel spin against each other where cores are few; a
// young generation of the default size would only be kept full of garbage by the main thread (tasks have their own limits). It would
// grow past its limit while the old one is marked, if its collections waited for that.
const nodeOptions = ['--single-threaded-gc', '--max-semi-space-size=4', '--no-separate-gc-phases'];
// Batches and what the engine compiles with come and go: memory that is free goes back to the system instead of staying in an arena.
const allocator = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072', MALLOC_MMAP_THRESHOLD_: '32768' };
/** Every thread of a task loads the same code: from the second on, and after a restart, it finds it compiled. */
const compileCache = (root: string): Readonly<Record<string, string>> => ({ NODE_COMPILE_CACHE: join(root, '.stack/compile-cache') });
const startTimeoutMs = 60_000;
const stopTimeoutMs = 30_000;

const stateFile = (place: ClusterPlace, port: number): string => join(place.dir, `worker-${String(port)}.json`);
const logFile = (place: ClusterPlace, port: number): string => join(place.dir, `worker-${String(port)}.log`);

/** The bundle's files are replaced only by other contents: the latest of their times names a build. */
const timeOfBuild = async (root: string): Promise<number> => {
  const files = (await readdir(join(root, bundle))).filter((name) => name.endsWith('.js'));
  const times = await Promise.all(files.map(async (name) => (await stat(join(root, bundle, name))).mtimeMs));
  return Math.max(...times);
};

/** Workers whose process runs, by port. What a killed one left behind is removed. */
export const liveWorkers = async (place: ClusterPlace): Promise<readonly WorkerProcess[]> => {
  const names = await readdir(place.dir).catch(() => []);
  const workers: WorkerProcess[] = [];
  for (const name of names.filter((file) => file.endsWith('.json')).sort()) {
    const worker = JSON.parse(await readFile(join(place.dir, name), 'utf8')) as WorkerProcess;
    if (await isRunning(worker.pid, entry)) workers.push(worker);
    else await rm(join(place.dir, name), { force: true });
  }
  return workers;
};

const startWorker = async (place: ClusterPlace, port: number): Promise<WorkerProcess> => {
  await mkdir(place.dir, { recursive: true });
  const log = await open(logFile(place, port), 'a');
  const rest = `http://127.0.0.1:${String(port)}`;
  const child = spawn(process.execPath, [...nodeOptions, join(place.root, entry)], {
    cwd: place.root,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: { ...allocator, ...compileCache(place.root), ...place.environment, HEADRACE_LISTENERS: rest },
  });
  child.unref();
  await log.close();
  if (child.pid === undefined) throw new Error(`The worker on port ${String(port)} could not be started.`);
  const builtAt = await timeOfBuild(place.root);
  const worker = { id: `127.0.0.1:${String(port)}`, pid: child.pid, rest, log: logFile(place, port), builtAt };
  await writeFile(stateFile(place, port), `${JSON.stringify(worker)}\n`);
  return worker;
};

const isHealthy = async ({ rest }: WorkerProcess): Promise<boolean> => {
  const response = await fetch(`${rest}/health`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
  return response?.status === 200;
};

const untilHealthy = async (worker: WorkerProcess): Promise<void> => {
  const deadline = performance.now() + startTimeoutMs;
  while (!(await isHealthy(worker))) {
    if (!(await isRunning(worker.pid, entry))) throw new Error(`Worker ${worker.id} ended at its start: read ${worker.log}.`);
    if (performance.now() > deadline) throw new Error(`Worker ${worker.id} did not become healthy: read ${worker.log}.`);
    await sleep(50);
  }
};

const portOf = ({ rest }: WorkerProcess): number => Number(new URL(rest).port);

/** One after the other, so that the rest of the cluster has its tasks meanwhile: threads of tasks would start with code of another build. */
const renewOutdated = async (place: ClusterPlace, workers: readonly WorkerProcess[]): Promise<void> => {
  const builtAt = await timeOfBuild(place.root);
  for (const worker of workers.filter((each) => each.builtAt !== builtAt)) {
    await stopWorker(place, worker);
    await untilHealthy(await startWorker(place, portOf(worker)));
  }
};

/**
 * Brings the number of live workers to `count`: starts what is missing on free ports, stops what is too many, and restarts what
 * runs an older build.
 */
export const scaleWorkers = async (place: ClusterPlace, count: number): Promise<readonly WorkerProcess[]> => {
  const live = await liveWorkers(place);
  await Promise.all(live.slice(count).map(async (worker) => stopWorker(place, worker)));
  await renewOutdated(place, live.slice(0, count));
  const taken = new Set(live.map(portOf));
  const started: WorkerProcess[] = [];
  for (let port = place.firstPort; live.length + started.length < count; port += 1) {
    if (!taken.has(port)) started.push(await startWorker(place, port));
  }
  await Promise.all(started.map(async (worker) => untilHealthy(worker)));
  return liveWorkers(place);
};

/** Asks it to drain and waits; false when it had to be killed. */
export const stopWorker = async (place: ClusterPlace, worker: WorkerProcess): Promise<boolean> => {
  // A stopped (SIGSTOP) process would not see the request.
  process.kill(worker.pid, 'SIGCONT');
  const isClean = await stopTree(worker.pid, 'SIGTERM', stopTimeoutMs);
  await rm(stateFile(place, portOf(worker)), { force: true });
  return isClean;
};

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { withLock } from '../stack.d/lock.ts';
import { clusterPlace, root, workerEnvironment } from './place.ts';
import { liveWorkers, scaleWorkers, stopWorker, type WorkerProcess } from './workers.ts';

const usage = `Usage: ./scripts/cluster COMMAND

  up --workers N [--no-build] [--json]   bring the number of workers to N: start what is missing, also after a kill,
                                         and restart, one by one, what runs an older build
  down                                   drain and stop all of them
  status [--json]                        live workers: id (as in the statuses' worker_id), process id, REST address

The stack must be up (./scripts/stack up). PORT_BASE chooses the stack; the first worker's REST is on 8083, or on
PORT_BASE + 83 where PORT_BASE is set. Worker settings come from the environment: HEADRACE_LEASE_TTL_MS=5000.
Logs: .stack/$PORT_BASE/cluster. Exit codes: 1 failed, 2 usage.`;

class UsageError extends Error {}

const build = (): void => {
  for (const [command, ...words] of [['tsc', '-b', 'packages/worker'] as const, ['node', 'scripts/bundle-worker.ts'] as const]) {
    const { status } = spawnSync(command, words, { cwd: root, stdio: ['ignore', 2, 2] });
    if (status !== 0) throw new Error('The build failed: see the lines above.');
  }
};

const workerCount = (words: readonly string[]): number => {
  const at = words.indexOf('--workers');
  const count = Number(words[at + 1]);
  if (at < 0 || !Number.isInteger(count) || count < 0 || count > 50)
    throw new UsageError(`up needs --workers N, N from 0 to 50.\n\n${usage}`);
  return count;
};

const up = async (words: readonly string[]): Promise<string> => {
  const count = workerCount(words);
  if (!words.includes('--no-build')) build();
  return shown(await scaleWorkers(clusterPlace(workerEnvironment()), count), words);
};

const down = async (): Promise<string> => {
  const workers = await liveWorkers(clusterPlace());
  const outcomes = await Promise.all(workers.map(async (worker) => stopWorker(clusterPlace(), worker)));
  const killed = workers.filter((_, index) => outcomes[index] === false).map((worker) => worker.id);
  return `${String(workers.length)} workers stopped${killed.length > 0 ? `; killed because they did not end in time: ${killed.join(', ')}` : ''}.`;
};

const shown = (workers: readonly WorkerProcess[], words: readonly string[]): string => {
  if (words.includes('--json')) return JSON.stringify({ workers });
  if (workers.length === 0) return 'No worker runs.';
  return workers.map((worker) => `${worker.id}  pid ${String(worker.pid)}  ${worker.rest}`).join('\n');
};

const run = async ([command = 'help', ...words]: readonly string[]): Promise<string> => {
  const lock = join(clusterPlace().dir, '.lock');
  if (command === 'up') return withLock(lock, async () => up(words));
  if (command === 'down') return withLock(lock, down);
  if (command === 'status') return shown(await liveWorkers(clusterPlace()), words);
  if (command === 'help' || command === '--help') return usage;
  throw new UsageError(`Unknown command "${command}".\n\n${usage}`);
};

try {
  process.stdout.write(`${await run(process.argv.slice(2))}\n`);
} catch (failure) {
  process.stderr.write(`${(failure as Error).message}\n`);
  process.exitCode = failure instanceof UsageError ? 2 : 1;
}

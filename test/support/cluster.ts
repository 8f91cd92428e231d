import { runScript, type ScriptOptions } from './scripts.ts';

export interface WorkerProcess {
  readonly id: string;
  readonly pid: number;
  readonly rest: string;
  /** File with all it has printed, also in earlier lives on its port. */
  readonly log: string;
}

/** For workers that die in a test: whoever comes after one waits for its lease. */
export const shortLease: Readonly<Record<string, string>> = { HEADRACE_LEASE_TTL_MS: '2000' };

export const liveWorkers = (options: ScriptOptions = {}): Promise<readonly WorkerProcess[]> => workersOf(['status'], options);

export const startWorkers = (count: number, options: ScriptOptions = {}): Promise<readonly WorkerProcess[]> => {
  const build = process.env['HEADRACE_NO_BUILD'] === undefined ? [] : ['--no-build'];
  return workersOf(['up', '--workers', String(count), ...build], options);
};

/** What a command says of the workers that live after it. */
const workersOf = async (words: readonly string[], options: ScriptOptions): Promise<readonly WorkerProcess[]> =>
  (JSON.parse(await runScript('cluster', [...words, '--json'], options)) as { readonly workers: readonly WorkerProcess[] }).workers;

export const stopWorkers = async (options: ScriptOptions = {}): Promise<void> => {
  await runScript('cluster', ['down'], options);
};

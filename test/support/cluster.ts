import { runScript, type ScriptOptions } from './scripts.ts';

export interface WorkerProcess {
  readonly id: string;
  readonly pid: number;
  readonly rest: string;
  /** File with all it has printed, also in earlier lives on its port. */
  readonly log: string;
}

export const liveWorkers = async (options: ScriptOptions = {}): Promise<readonly WorkerProcess[]> =>
  (JSON.parse(await runScript('cluster', ['status', '--json'], options)) as { readonly workers: readonly WorkerProcess[] }).workers;

export const startWorkers = async (count: number, options: ScriptOptions = {}): Promise<readonly WorkerProcess[]> => {
  await runScript(
    'cluster',
    ['up', '--workers', String(count), ...(process.env['HEADRACE_NO_BUILD'] === undefined ? [] : ['--no-build'])],
    options,
  );
  return liveWorkers(options);
};

export const stopWorkers = async (options: ScriptOptions = {}): Promise<void> => {
  await runScript('cluster', ['down'], options);
};

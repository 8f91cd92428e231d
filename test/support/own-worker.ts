import { freePort, OwnProcess } from '@headrace/testkit';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Rest } from './rest.ts';
import { root } from './scripts.ts';

export interface OwnWorkerOptions {
  /** Settings file, then connector files, as on the command line. */
  readonly args: readonly string[];
  readonly cwd: string;
  /** Settings beside those of the file. Nothing of this process's environment but PATH reaches the worker. */
  readonly settings?: Readonly<Record<string, string>>;
  /** For Node.js, as the command line has them. */
  readonly nodeOptions?: readonly string[];
  /** Where it is asked. Default: a free port, which it is told to listen at. */
  readonly address?: string;
}

const run = promisify(execFile);

/** What `packages/worker/dist` has is what the sources say now. */
export const buildWorker = async (): Promise<void> => {
  if (process.env['HEADRACE_NO_BUILD'] !== undefined) return;
  await run('tsc', ['-b', 'packages/worker'], { cwd: root });
  await run(process.execPath, ['scripts/bundle-worker.ts'], { cwd: root });
};

/** A worker process that a test starts itself, with settings of its own. */
export class OwnWorker implements AsyncDisposable {
  readonly rest: Rest;
  readonly address: string;
  readonly #process: OwnProcess;

  private constructor(address: string, process: OwnProcess) {
    this.address = address;
    this.rest = new Rest(() => [address]);
    this.#process = process;
  }

  /** Resolves when it is healthy; rejects with what it has said when it ends before. */
  static async start(options: OwnWorkerOptions): Promise<OwnWorker> {
    const address = options.address ?? `http://127.0.0.1:${String(await freePort())}`;
    const worker = new OwnWorker(address, spawnWorker(options, { listeners: address, ...options.settings }));
    try {
      await worker.#process.untilUp(async () => {
        const { status } = await fetch(`${address}/health`);
        if (status !== 200) throw new Error(`/health answers ${String(status)}.`);
      });
    } catch (error) {
      await worker[Symbol.asyncDispose]();
      throw error;
    }
    return worker;
  }

  /** The first lines of its log. */
  get output(): string {
    return this.#process.output;
  }

  /** The exit code and the last words of a worker that is expected not to start. */
  static async refused(options: OwnWorkerOptions): Promise<{ readonly code: number | undefined; readonly errors: string }> {
    await using process = spawnWorker(options, options.settings ?? {});
    await process.untilUp(() => (process.exitCode === undefined ? Promise.reject(new Error('It still runs.')) : Promise.resolve()));
    return { code: process.exitCode, errors: process.errors };
  }

  /** Its exit code after a request to end. */
  stop(): Promise<number | null> {
    return this.#process.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}

const spawnWorker = ({ args, cwd, nodeOptions = [] }: OwnWorkerOptions, settings: Readonly<Record<string, string>>): OwnProcess =>
  new OwnProcess(process.execPath, [...nodeOptions, join(root, 'packages/worker/dist/bundle/main.js'), ...args], {
    cwd,
    env: {
      PATH: process.env['PATH'],
      ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [`CONNECT_${key.toUpperCase().replaceAll('.', '_')}`, value])),
    },
  });

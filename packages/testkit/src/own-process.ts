import { randomInt } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { systemClock } from '@headrace/foundation';

const startTimeoutMs = 60_000;
const stderrBytes = 4_000;
const stdoutBytes = 64_000;

export interface OwnProcessOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Whom it runs as. Default: as the test does. */
  readonly uid?: number;
  readonly gid?: number;
}

/** A server that one test starts for itself, gone without a trace when disposed of. */
export class OwnProcess implements AsyncDisposable {
  readonly #name: string;
  readonly #child: ChildProcess;
  #errors = '';
  #output = '';

  constructor(file: string, args: readonly string[], options: OwnProcessOptions = {}) {
    this.#name = file;
    this.#child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      if (this.#output.length < stdoutBytes) this.#output += chunk.toString();
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-stderrBytes);
    });
    this.#child.on('error', (error) => {
      this.#errors += error.message;
    });
  }

  /** What it has said on standard output first: the rest is left out. */
  get output(): string {
    return this.#output;
  }

  /** What it has said on standard error last. */
  get errors(): string {
    return this.#errors;
  }

  /** undefined while it runs. */
  get exitCode(): number | undefined {
    return this.#child.exitCode ?? undefined;
  }

  send(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves when `isUp` does not reject any more; rejects when the process has ended, or after a minute. */
  async untilUp(isUp: () => Promise<unknown>): Promise<void> {
    const deadline = systemClock.monotonic() + startTimeoutMs;
    for (;;) {
      try {
        await isUp();
        return;
      } catch (error) {
        const hasEnded = this.#child.exitCode !== null || this.#child.pid === undefined;
        if (hasEnded || systemClock.monotonic() > deadline) {
          throw new Error(`${this.#name} did not come up:\n${this.#errors}`, { cause: error });
        }
        await systemClock.sleep(100, new AbortController().signal);
      }
    }
  }

  /** Asks it to end; resolves with its exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null && this.#child.pid !== undefined) {
      const ended = new Promise((resolve) => this.#child.once('exit', resolve));
      this.#child.kill(signal);
      await ended;
    }
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL');
  }
}

const handedOut = new Set<number>();

/**
 * Nobody listens there, and it is told once. Below the ports that Linux gives to outgoing connections (from 32768): one of
 * those may take a port between this answer and the server's start.
 */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(10_000, 14_000);
    if (handedOut.has(port) || !(await isFree(port))) continue;
    handedOut.add(port);
    return port;
  }
};

const isFree = async (port: number): Promise<boolean> => {
  const server = createServer();
  const isListening = await new Promise<boolean>((resolve) => {
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      resolve(true);
    });
  });
  if (isListening) await new Promise((resolve) => server.close(resolve));
  return isListening;
};

import { spawn } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

export interface ScriptOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Print what the script prints. Default false: its output is kept for the error. */
  readonly isVerbose?: boolean;
}

/** A script that failed, with all it had printed. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
  readonly exitCode: number | null;

  constructor(call: string, exitCode: number | null, output: string) {
    super(`./scripts/${call} ended with ${String(exitCode)}:\n${output}`);
    this.exitCode = exitCode;
  }
}

/** Runs one of `./scripts` to its end; rejects with its output when it fails. Resolves with its standard output. */
export const runScript = async (name: string, args: readonly string[], options: ScriptOptions = {}): Promise<string> => {
  const child = spawn(join(root, 'scripts', name), args, {
    cwd: root,
    env: { ...process.env, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let all = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    all += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    all += chunk.toString();
    if (options.isVerbose === true) process.stderr.write(chunk);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new ScriptError(`${name} ${args.join(' ')}`, code, all);
  return out;
};

import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { StackError } from './errors.ts';

/** `nobody`: owns the files and processes of servers that refuse to run as root. */
export const unprivilegedId = 65_534;

export const isRoot: boolean = process.getuid?.() === 0;

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  readonly isUnprivileged?: boolean;
}

export interface RunResult {
  readonly code: number;
  readonly output: string;
}

export function identity(isUnprivileged: boolean | undefined): { uid: number; gid: number } | undefined {
  return isUnprivileged === true && isRoot ? { uid: unprivilegedId, gid: unprivilegedId } : undefined;
}

/** Runs a program to its end; standard output and error are returned together. */
export async function tryRun(file: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { promise, resolve, reject } = Promise.withResolvers<RunResult>();
  const child = spawn(file, args, {
    cwd: options.cwd ?? '/',
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...identity(options.isUnprivileged),
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.on('error', reject);
  child.on('close', (code) => {
    resolve({ code: code ?? -1, output });
  });
  // A program that does not read its input closes the pipe: that is no failure of ours.
  child.stdin.on('error', () => undefined).end(options.input ?? '');
  return promise;
}

export async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await tryRun(file, args, options);
  if (result.code !== 0) {
    const tail = result.output.trim().split('\n').slice(-12).join('\n');
    throw new StackError('failed', `"${file} ${args.slice(0, 3).join(' ')} ..." ended with code ${String(result.code)}:\n${tail}`);
  }
  return result.output;
}

export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Finds a program on PATH or where distributions keep servers that ordinary users do not run. */
export async function findProgram(name: string, moreDirs: readonly string[] = []): Promise<string | undefined> {
  const pathDirs = (process.env['PATH'] ?? '').split(delimiter).filter((dir) => dir !== '');
  for (const dir of [...pathDirs, '/usr/sbin', '/usr/local/sbin', '/sbin', ...moreDirs]) {
    const path = join(dir, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

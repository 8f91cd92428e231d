import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { coreCount } from './processes.ts';
import { ratesOf, type Sample } from './window.ts';

const sampleEveryMs = 50;

/** A server's own tool that writes its log to files of a folder, up to where the log ends now. */
export interface LogTool {
  readonly command: string;
  readonly args: (folder: string) => readonly string[];
  /** The Debian package that brings it. */
  readonly package: string;
}

/** What the server itself gives: changes a second that its tool drains of a log of so many changes. */
export const drainRate = async (tool: LogTool, changes: number, signal: AbortSignal): Promise<number> => {
  const folder = await mkdtemp(join(tmpdir(), 'headrace-bench-'));
  try {
    const ended = run(tool, folder, signal);
    // Met in the loop below, unless that is left for another reason.
    ended.catch(() => undefined);
    const samples = [await sampleOf(folder)];
    for (let isOver = false; !isOver;) {
      isOver = await Promise.race([ended, sleep(sampleEveryMs, false, { signal })]);
      samples.push(await sampleOf(folder));
    }
    const { seconds } = ratesOf(samples, samples.at(-1)?.arrived ?? 0, coreCount);
    // Both rates are those of the same part of the changes.
    return (changes * 0.9) / seconds;
  } finally {
    await rm(folder, { recursive: true });
  }
};

/** Bytes stand for changes: all of them are alike. */
const sampleOf = async (folder: string): Promise<Sample> => {
  const sizes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size));
  const arrived = sizes.reduce((sum, size) => sum + size, 0);
  return { atSeconds: performance.now() / 1_000, arrived, cpuSeconds: new Map(), busySeconds: 0, stolenSeconds: 0 };
};

const run = async (tool: LogTool, folder: string, signal: AbortSignal): Promise<true> =>
  new Promise((resolve, reject) => {
    const child = spawn(tool.command, tool.args(folder), { stdio: ['ignore', 'ignore', 'pipe'], signal });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.on('error', (cause) => {
      reject(new Error(`${tool.command} cannot be run: is the package ${tool.package} installed?`, { cause }));
    });
    child.on('exit', (code) => {
      if (code === 0) resolve(true);
      else reject(new Error(`${tool.command} ended with ${String(code)}: ${errors}`));
    });
  });

import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { coreCount } from './processes.ts';
import { ratesOf, type Sample } from './window.ts';

const sampleEveryMs = 50;

export interface LogToDrain {
  readonly url: string;
  /** Of pgoutput; it is read from where it stands. */
  readonly slot: string;
  readonly publication: string;
  /** Place behind the last change. */
  readonly endLsn: string;
  readonly changes: number;
}

/** What the server itself gives: changes a second that PostgreSQL's own tool drains from a slot into a file. */
export const drainRate = async ({ url, slot, publication, endLsn, changes }: LogToDrain, signal: AbortSignal): Promise<number> => {
  const folder = await mkdtemp(join(tmpdir(), 'headrace-bench-'));
  const file = join(folder, 'changes');
  try {
    const args = [
      ...['--dbname', url, '--slot', slot, '--start', '--file', file, '--endpos', endLsn, '--no-loop'],
      ...['--option', 'proto_version=1', '--option', `publication_names=${publication}`],
      // No disk is to be measured.
      ...['--fsync-interval', '0', '--status-interval', '1'],
    ];
    const ended = run(args, signal);
    // Met in the loop below, unless that is left for another reason.
    ended.catch(() => undefined);
    const samples = [await sampleOf(file)];
    for (let isOver = false; !isOver;) {
      isOver = await Promise.race([ended, sleep(sampleEveryMs, false, { signal })]);
      samples.push(await sampleOf(file));
    }
    const { seconds } = ratesOf(samples, samples.at(-1)?.arrived ?? 0, coreCount);
    // Both rates are those of the same part of the changes.
    return (changes * 0.9) / seconds;
  } finally {
    await rm(folder, { recursive: true });
  }
};

/** Bytes stand for changes: all of them are alike. */
const sampleOf = async (file: string): Promise<Sample> => {
  const { size } = await stat(file).catch(() => ({ size: 0 }));
  return { atSeconds: performance.now() / 1_000, arrived: size, cpuSeconds: new Map(), busySeconds: 0, stolenSeconds: 0 };
};

const run = async (args: readonly string[], signal: AbortSignal): Promise<true> =>
  new Promise((resolve, reject) => {
    const child = spawn('pg_recvlogical', args, { stdio: ['ignore', 'ignore', 'pipe'], signal });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve(true);
      else reject(new Error(`pg_recvlogical ended with ${String(code)}: ${errors}`));
    });
  });

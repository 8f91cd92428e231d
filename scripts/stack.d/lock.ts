import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Runs `work` while holding an exclusive lock on `file`. A flock(1) process holds it and ends with its standard input,
 * so the lock is released even if we are killed, and the servers we start cannot inherit it.
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const holder = spawn('flock', [file, 'sh', '-c', 'echo locked; cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  holder.stdout.once('data', () => {
    resolve(undefined);
  });
  holder.once('error', reject);
  holder.once('exit', () => {
    reject(new Error(`The lock "${file}" could not be taken.`));
  });
  await promise;
  try {
    return await work();
  } finally {
    holder.stdin.end();
  }
}

import { open, readFile, rm } from 'node:fs/promises';
import { ConfigError, systemCode } from '@headrace/foundation';
import { errors } from './errors.ts';

/** A file beside the locked one that holds the process id of its owner; what a killed process left is taken over. */
export class FileLock implements AsyncDisposable {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** ConfigError `state_file.in_use` while the owner lives. */
  static async take(file: string): Promise<FileLock> {
    const path = `${file}.lock`;
    for (;;) {
      try {
        const handle = await open(path, 'wx');
        await handle.writeFile(String(process.pid));
        await handle.close();
        return new FileLock(path);
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw error;
        const owner = Number(await readFile(path, 'utf8').catch(() => ''));
        if (owner !== process.pid && isAlive(owner)) throw inUse(file, path, owner);
        await rm(path, { force: true });
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

/** A process of somebody else counts as well. */
const isAlive = (pid: number): boolean => {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
};

const inUse = (file: string, lock: string, owner: number): ConfigError => {
  const message = `${file} is in use by process ${String(owner)} (${lock}). ${errors.in_use.hint}`;
  return new ConfigError(errors.in_use.code, [{ key: 'offset.storage.file.filename', value: file, message }]);
};

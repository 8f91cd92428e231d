import { readFile } from 'node:fs/promises';

/** R, S, T and so on, as the kernel tells; undefined once the process is gone. */
const stateOf = async (pid: number): Promise<string | undefined> => {
  const text = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => undefined);
  return text?.slice(text.lastIndexOf(')') + 2, text.lastIndexOf(')') + 3);
};

/** It has ended, or was stopped by a signal. */
export const hasFallen = async (pid: number): Promise<boolean> => [undefined, 'T', 'Z'].includes(await stateOf(pid));

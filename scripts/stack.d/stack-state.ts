import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { StackPlace } from './types.ts';

export type Runtime = 'native' | 'containers';

/** What `up` was last asked for; `down` forgets it. */
export interface StackState {
  readonly runtime: Runtime;
  readonly brokerCount: number;
  readonly services: readonly string[];
}

const fileName = 'state.json';

export async function readState({ dir }: Pick<StackPlace, 'dir'>): Promise<StackState | undefined> {
  const text = await readFile(join(dir, fileName), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as StackState);
}

export async function writeState({ dir }: Pick<StackPlace, 'dir'>, state: StackState): Promise<void> {
  await mkdir(dir, { recursive: true });
  const partial = join(dir, `${fileName}.partial`);
  await writeFile(partial, `${JSON.stringify(state)}\n`);
  await rename(partial, join(dir, fileName));
}

export async function forgetState({ dir }: Pick<StackPlace, 'dir'>): Promise<void> {
  await rm(join(dir, fileName), { force: true });
}

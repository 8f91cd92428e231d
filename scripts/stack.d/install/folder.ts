import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { exists } from '../commands.ts';
import { withLock } from '../lock.ts';
import type { Report } from '../types.ts';

export interface InstalledFolder {
  readonly title: string;
  readonly targetDir: string;
  readonly report: Report;
  /** Fills the given empty folder. */
  readonly fill: (dir: string) => Promise<void>;
}

/** Makes `targetDir` complete or not at all, once per machine; one folder is filled at a time. */
export async function installFolder({ title, targetDir, report, fill }: InstalledFolder): Promise<string> {
  if (await exists(targetDir)) return targetDir;
  return withLock(join(dirname(targetDir), 'install.lock'), async () => {
    if (await exists(targetDir)) return targetDir;
    report(`Fetching ${title}...`);
    const workDir = `${targetDir}.partial`;
    await rm(workDir, { recursive: true, force: true });
    await mkdir(workDir, { recursive: true });
    await fill(workDir);
    await rename(workDir, targetDir);
    return targetDir;
  });
}

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { exists, findProgram, isRoot, run, tryRun } from '../commands.ts';
import { StackError } from '../errors.ts';
import { withLock } from '../lock.ts';
import type { Report } from '../types.ts';

export interface AptInstall {
  readonly title: string;
  readonly packages: readonly string[];
  readonly cacheDir: string;
  readonly report: Report;
}

const policyFile = '/usr/sbin/policy-rc.d';

/** Installs Debian packages without letting them start their own servers. */
export async function installWithApt({ title, packages, cacheDir, report }: AptInstall): Promise<void> {
  const advice = `${title} is missing: install it as root with "apt-get install ${packages.join(' ')}".`;
  if ((await findProgram('apt-get')) === undefined) {
    throw new StackError('missingTool', `${title} is missing: install it with this system's package manager.`);
  }
  if (!isRoot) throw new StackError('missingTool', advice);
  await withLock(join(cacheDir, 'apt.lock'), async () => {
    report(`Installing ${packages.join(' ')} with apt-get...`);
    await withoutAutostart(async () => {
      // The package lists may be absent (fresh image) or older than the mirror: refresh them only then.
      if (await aptInstall(packages)) return;
      await run('apt-get', ['-qq', 'update']);
      if (!(await aptInstall(packages))) throw new StackError('missingTool', `${advice} apt-get failed when tried here.`);
    });
  });
}

async function aptInstall(packages: readonly string[]): Promise<boolean> {
  const options = ['-qq', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];
  const result = await tryRun('apt-get', [...options, 'install', ...packages], { env: { DEBIAN_FRONTEND: 'noninteractive' } });
  return result.code === 0;
}

/** Maintainer scripts ask policy-rc.d before they start a server; a machine that has one already keeps its own. */
async function withoutAutostart(work: () => Promise<void>): Promise<void> {
  if (await exists(policyFile)) {
    await work();
    return;
  }
  await writeFile(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await work();
  } finally {
    await rm(policyFile, { force: true });
  }
}

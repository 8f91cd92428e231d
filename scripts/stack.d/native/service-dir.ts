import { chmod, chown, mkdir, mkdtemp, readlink, realpath, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { exists, isRoot, unprivilegedId } from '../commands.ts';
import type { ServiceDefinition, ServicePlace, StackPlace } from '../types.ts';

/** Servers see real paths, also when the folder is a link (see below). */
export async function servicePlace(service: ServiceDefinition, stack: StackPlace): Promise<ServicePlace> {
  const link = join(stack.dir, service.name);
  const serviceDir = await realpath(link).catch(() => link);
  const port = (name: string): number => stack.portBase + (service.ports[name] ?? 0);
  return { ...stack, serviceDir, port };
}

/**
 * Makes the folder of a service, writable for the user its server runs as. Where the checkout lies below a folder which
 * that user may not enter (a home directory), the data goes to the temporary folder and a link stands in its place.
 */
export async function makeServiceDir(service: ServiceDefinition, stack: StackPlace): Promise<ServicePlace> {
  const path = join(stack.dir, service.name);
  const needsOtherUser = service.native.isUnprivileged && isRoot;
  if (!(await exists(path))) {
    await rm(path, { force: true }); // a link whose target was cleaned away
    const realDir = service.native.realDir?.(stack);
    if (realDir !== undefined) {
      await mkdir(realDir, { recursive: true });
      await symlink(realDir, path);
    } else if (needsOtherUser && !(await isReachable(stack.dir))) {
      await symlink(await mkdtemp(join(tmpdir(), `headrace-${service.name}-`)), path);
    } else {
      await mkdir(path, { recursive: true });
    }
  }
  const place = await servicePlace(service, stack);
  if (needsOtherUser) {
    await chmod(place.serviceDir, 0o711);
    await chown(place.serviceDir, unprivilegedId, unprivilegedId);
  }
  return place;
}

async function isReachable(path: string): Promise<boolean> {
  for (let dir = path; ; dir = dirname(dir)) {
    const { mode } = await stat(dir);
    if ((mode & 0o001) === 0) return false;
    if (dir === dirname(dir)) return true;
  }
}

export async function removeServiceDir({ name }: ServiceDefinition, stack: StackPlace): Promise<void> {
  const path = join(stack.dir, name);
  const target = await readlink(path).catch(() => undefined);
  if (target !== undefined) await rm(target, { recursive: true, force: true });
  await rm(path, { recursive: true, force: true });
}

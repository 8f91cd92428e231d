import { cp, mkdir, mkdtemp, readdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../../..');

/** For the simulation, which runs the sources of the packages; for tests on servers, all that builds and starts workers. */
const parts = {
  simulation: { copied: ['packages', 'package.json'], skipped: ['node_modules', 'dist', '.turbo'], linked: [] },
  servers: {
    copied: ['packages', 'package.json', 'package-lock.json', 'scripts', 'test', 'tsconfig.json'],
    skipped: ['node_modules', '.turbo'],
    // Where the state of the servers is.
    linked: ['.stack'],
  },
} as const;

/** The product with links of its packages to each other, none of which leads back. */
export const copyProduct = async (use: keyof typeof parts): Promise<string> => {
  const copy = await mkdtemp(join(tmpdir(), 'headrace-mutations-'));
  const { copied, skipped, linked } = parts[use];
  const isSkipped = (path: string): boolean => (skipped as readonly string[]).includes(path.slice(path.lastIndexOf('/') + 1));
  for (const name of copied) await cp(join(root, name), join(copy, name), { recursive: true, filter: (path) => !isSkipped(path) });
  for (const name of linked) await symlink(join(root, name), join(copy, name));
  await mkdir(join(copy, 'node_modules/@headrace'), { recursive: true });
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (name !== '@headrace') await symlink(join(root, 'node_modules', name), join(copy, 'node_modules', name));
  }
  for (const name of await readdir(join(root, 'packages'))) {
    await symlink(join(copy, 'packages', name), join(copy, 'node_modules/@headrace', name));
    await symlink(join(root, 'packages', name, 'node_modules'), join(copy, 'packages', name, 'node_modules'));
  }
  await symlink(join(root, 'test/node_modules'), join(copy, 'test/node_modules')).catch(() => undefined);
  return copy;
};

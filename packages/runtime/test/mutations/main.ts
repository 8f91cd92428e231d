// Puts one defect after the other into a copy of the packages and lets the simulation look for it: ./scripts/mutations [text]
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { mutations, type Mutation } from './mutations.ts';

const root = resolve(import.meta.dirname, '../../../..');

/** The packages with their links to each other, nothing of which leads back to the product. */
const copyProduct = async (): Promise<string> => {
  const copy = await mkdtemp(join(tmpdir(), 'headrace-mutations-'));
  const skipped = new Set(['node_modules', 'dist', '.turbo']);
  await cp(join(root, 'packages'), join(copy, 'packages'), {
    recursive: true,
    filter: (path) => !skipped.has(path.slice(path.lastIndexOf('/') + 1)),
  });
  await cp(join(root, 'package.json'), join(copy, 'package.json'));
  await mkdir(join(copy, 'node_modules/@headrace'), { recursive: true });
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (name !== '@headrace') await symlink(join(root, 'node_modules', name), join(copy, 'node_modules', name));
  }
  for (const name of await readdir(join(root, 'packages'))) {
    await symlink(join(copy, 'packages', name), join(copy, 'node_modules/@headrace', name));
  }
  return copy;
};

/** The first violation that the simulation finds, and where; undefined when it finds none. */
const search = async (copy: string, options: readonly string[]): Promise<string | undefined> => {
  const main = join(copy, 'packages/runtime/test/simulation/main.ts');
  const run = promisify(execFile)(process.execPath, ['--conditions=@headrace/source', main, '--limit', '1', ...options], {
    timeout: 600_000,
    maxBuffer: 64 * 1_024 * 1_024,
  });
  try {
    await run;
    return undefined;
  } catch (failure) {
    const { stdout = '', stderr = '' } = failure as { readonly stdout?: string; readonly stderr?: string };
    const [, seed, violation] = /^Seed (\d+) breaks.*\n\s*(.*)$/m.exec(stdout) ?? [];
    return seed === undefined
      ? `does not run: ${stderr.slice(0, 200)}`
      : `seed ${seed}${options.includes('--records') ? ' with records' : ''}: ${violation ?? ''}`;
  }
};

const judge = async (copy: string, { file, find, replace }: Mutation): Promise<string | undefined> => {
  const path = join(copy, 'packages', file);
  const original = await readFile(path, 'utf8');
  if (original.split(find).length !== 2)
    throw new Error(`"${find}" does not occur exactly once in ${file}: bring the mutation up to date.`);
  await writeFile(
    path,
    original.replace(find, () => replace),
  );
  try {
    return (await search(copy, ['--count', '600'])) ?? (await search(copy, ['--count', '500', '--records']));
  } finally {
    await writeFile(path, original);
  }
};

const copy = await copyProduct();
const wanted = process.argv[2] ?? '';
let missed = 0;
process.stdout.write('| the product does not ... any more | caught by |\n|---|---|\n');
try {
  for (const mutation of mutations.filter(({ what }) => what.includes(wanted))) {
    const caught = await judge(copy, mutation);
    const { heldBy } = mutation;
    if (caught === undefined && heldBy === undefined) missed += 1;
    const verdict = caught ?? (heldBy === undefined ? '**nothing**' : `not here; held by ${heldBy}`);
    process.stdout.write(`| ${mutation.what} | ${verdict.slice(0, 160)} |\n`);
  }
} finally {
  await rm(copy, { recursive: true, force: true });
}
process.exitCode = missed === 0 ? 0 : 1;

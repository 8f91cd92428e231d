// Puts one defect after the other into a copy of the product, for the simulation to find, or for tests on real servers:
// ./scripts/mutations [--on-servers] [text]
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { copyProduct } from './copy-product.ts';
import { mutations, type Mutation } from './mutations.ts';
import { failingTest } from './run-on-servers.ts';
import { serverMutations, type ServerMutation } from './server-mutations.ts';

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

/** What finds the defect while it is in the copy; undefined when nothing does. */
const judge = async (copy: string, mutation: Mutation | ServerMutation): Promise<string | undefined> => {
  const { file, find, replace } = mutation;
  const path = join(copy, 'packages', file);
  const original = await readFile(path, 'utf8');
  if (original.split(find).length !== 2)
    throw new Error(`"${find}" does not occur exactly once in ${file}: bring the mutation up to date.`);
  await writeFile(
    path,
    original.replace(find, () => replace),
  );
  try {
    if ('test' in mutation) return await failingTest(copy, mutation.test);
    return (await search(copy, ['--count', '600'])) ?? (await search(copy, ['--count', '500', '--records']));
  } finally {
    await writeFile(path, original);
  }
};

const { values, positionals } = parseArgs({ options: { 'on-servers': { type: 'boolean', default: false } }, allowPositionals: true });
const copy = await copyProduct(values['on-servers'] ? 'servers' : 'simulation');
const chosen: readonly (Mutation | ServerMutation)[] = values['on-servers'] ? serverMutations : mutations;
let missed = 0;
process.stdout.write('| the product does not ... any more | caught by |\n|---|---|\n');
try {
  for (const mutation of chosen.filter(({ what }) => what.includes(positionals[0] ?? ''))) {
    const caught = await judge(copy, mutation);
    const { heldBy } = mutation;
    if (caught === undefined && heldBy === undefined) missed += 1;
    const verdict = caught ?? (heldBy === undefined ? '**nothing**' : `not here; held by ${heldBy}`);
    process.stdout.write(`| ${mutation.what} | ${verdict.slice(0, 200)} |\n`);
  }
} finally {
  await rm(copy, { recursive: true, force: true });
}
process.exitCode = missed === 0 ? 0 : 1;

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A test file of a workspace, and which of its tests. */
export interface ServerTest {
  /** Under the root: `test`, `packages/kafka`. */
  readonly suite: string;
  readonly file: string;
  /** Part of their names. Left out: all. */
  readonly named?: string;
}

interface JestResults {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
  }[];
}

const run = promisify(execFile);
const limits = { timeout: 600_000, maxBuffer: 64 * 1_024 * 1_024 };

/**
 * Runs the test in the copy, on the servers that the environment names: the first that fails, undefined when none does. Tests of the
 * whole product start the worker that is built of the copy.
 */
export const failingTest = async (copy: string, { suite, file, named }: ServerTest): Promise<string | undefined> => {
  const options = { ...limits, cwd: copy, env: { ...process.env, ROOT: copy, HEADRACE_NO_BUILD: '1' } };
  if (suite === 'test') {
    await run('tsc', ['-b', 'packages/worker'], options);
    await run(process.execPath, ['scripts/bundle-worker.ts'], options);
  }
  const results = join(copy, 'results.json');
  const words = ['--json', `--outputFile=${results}`, '--maxWorkers=1', '--forceExit', file, ...(named === undefined ? [] : ['-t', named])];
  try {
    await run(process.execPath, ['--experimental-vm-modules', join(copy, 'node_modules/jest/bin/jest.js'), ...words], {
      ...options,
      cwd: join(copy, suite),
    });
    return undefined;
  } catch {
    const { testResults } = JSON.parse(await readFile(results, 'utf8')) as JestResults;
    const failed = testResults.flatMap(({ assertionResults }) => assertionResults).find(({ status }) => status === 'failed');
    return failed === undefined ? `does not run: ${testResults[0]?.message ?? ''}` : `\`${file}\`: ${failed.title}`;
  }
};

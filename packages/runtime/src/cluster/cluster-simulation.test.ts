import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { simulate } from '../../test/simulation/simulation.ts';

const main = fileURLToPath(new URL('../../test/simulation/main.ts', import.meta.url));

/** In a process of its own: compiled once and not instrumented by jest, histories take half the time. */
const histories = async (...options: readonly string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@headrace/source', main, ...options]).catch(
    (failure: unknown) => failure as { stdout: string },
  );
  return stdout.trim();
};

describe('a cluster under whatever happens', () => {
  test('I3, I9: has one owner of each task at a time, raises every epoch, and settles, in 1,000 histories', async () => {
    expect(await histories('--count', '1000')).toBe('1000 histories, 0 broken');
  }, 600_000);

  test('I2, I4, I6: loses, doubles and reorders no record, and takes none from a former owner, in 100 histories', async () => {
    expect(await histories('--count', '100', '--records')).toBe('100 histories, 0 broken');
  }, 600_000);

  test('goes the same way whenever its seed is the same', async () => {
    const first = await simulate(1, true);
    expect((await simulate(1, true)).hash).toBe(first.hash);
    expect((await simulate(2, true)).hash).not.toBe(first.hash);
  }, 60_000);
});

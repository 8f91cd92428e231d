import { expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mutations } from '../../test/mutations/mutations.ts';
import { serverMutations } from '../../test/mutations/server-mutations.ts';

const packages = join(import.meta.dirname, '../../..');

const places = [...mutations, ...serverMutations].map(({ what, file, find }) => [what, file, find] as const);

test.each(places)('there is still a place to %s', async (_, file, find) => {
  expect((await readFile(join(packages, file), 'utf8')).split(find)).toHaveLength(2);
});

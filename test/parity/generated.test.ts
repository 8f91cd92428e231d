import { afterAll, beforeAll, describe, test } from '@jest/globals';
import { handlingModes } from './corpus/generated-types.ts';
import { historiesOf } from './corpus/histories.ts';
import { postgresDialect } from './corpus/postgres-dialect.ts';
import { expectParity, seeds, timeoutMs } from './generated-parity.ts';
import { ParityRun } from './parity-run.ts';

const numRuns = 2;

describe('what happens to tables at random', () => {
  const owned = new AsyncDisposableStack();
  let run: ParityRun;

  beforeAll(async () => {
    run = owned.use(await ParityRun.start());
  }, 400_000);

  afterAll(async () => {
    await owned.disposeAsync();
  }, 90_000);

  test.each(seeds)(
    'is told as Debezium tells it, and leaves the rows that a fresh snapshot shows (seed %i)',
    (seed) => expectParity(run, { corpora: historiesOf(postgresDialect), modes: handlingModes }, { seed, numRuns }),
    timeoutMs(numRuns),
  );
});

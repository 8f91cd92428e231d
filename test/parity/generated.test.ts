import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { handlingModes } from './corpus/generated-types.ts';
import { histories } from './corpus/histories.ts';
import { finalState } from './final-state.ts';
import { ParityRun } from './parity-run.ts';

/** `PARITY_SEED` and `PARITY_RUNS` look elsewhere and longer. */
const seed = Number(process.env['PARITY_SEED'] ?? 20_261_125);
const numRuns = Number(process.env['PARITY_RUNS'] ?? 2);
const limitMs = 150_000 + numRuns * 45_000;

const always = { 'skipped.operations': 'none', 'event.converting.failure.handling.mode': 'fail', 'heartbeat.interval.ms': '0' };

describe('what happens to tables at random', () => {
  const owned = new AsyncDisposableStack();
  let run: ParityRun;

  beforeAll(async () => {
    run = owned.use(await ParityRun.start());
  }, 400_000);

  afterAll(async () => {
    await owned.disposeAsync();
  }, 90_000);

  test(
    'is told as Debezium tells it, and leaves the rows that a fresh snapshot shows',
    async () => {
      const property = fc.asyncProperty(histories, fc.tuple(handlingModes, handlingModes), async (corpus, modes) => {
        const configurations = Object.fromEntries(modes.map((drawn, index) => [`drawn${String(index)}`, { ...always, ...drawn }]));
        await using played = await run.play(corpus, configurations);
        for (const name of Object.keys(configurations)) {
          expect((await played.differences(name)).slice(0, 5)).toEqual([]);
          const { ours } = await played.told(name);
          expect(finalState(ours)).toEqual(finalState(await played.snapshot(name)));
        }
      });
      // Each example takes seconds: a failure is made smaller for as long as there is time.
      await fc.assert(property, { seed, numRuns, interruptAfterTimeLimit: limitMs, markInterruptAsFailure: true });
    },
    limitMs + 60_000,
  );
});

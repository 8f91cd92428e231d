/** One random history after the other, played to both systems. */
import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { ConnectorConfig } from '../support/rest.ts';
import { finalState } from './final-state.ts';
import type { Corpus, ParityRun } from './parity-run.ts';
import type { OpenStage } from './stage.ts';

export interface RandomHistories {
  readonly corpora: fc.Arbitrary<Corpus>;
  /** Options that each of a pair of connectors draws. */
  readonly modes: fc.Arbitrary<ConnectorConfig>;
  /** Default: PostgreSQL's. */
  readonly openStage?: OpenStage;
}

/** Of `PARITY_SEED`: numbers and ranges of them, with commas. */
const seedsOf = (text: string): readonly number[] =>
  text.split(',').flatMap((part) => {
    const [first = Number.NaN, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });

export const seeds = seedsOf(process.env['PARITY_SEED'] ?? '20261125');

/** Histories of one seed. */
const runs = (byDefault: number): number => Number(process.env['PARITY_RUNS'] ?? byDefault);

const limitMs = (numRuns: number): number => 150_000 + numRuns * 45_000;

/** For a test that plays so many. */
export const timeoutMs = (byDefault: number): number => limitMs(runs(byDefault)) + 60_000;

const always = { 'skipped.operations': 'none', 'event.converting.failure.handling.mode': 'fail', 'heartbeat.interval.ms': '0' };

/** Rejects with the smallest history that the two tell in different words, or that leaves other rows than a fresh snapshot shows. */
export const expectParity = async (
  run: ParityRun,
  { corpora, modes, openStage }: RandomHistories,
  { seed, numRuns }: { readonly seed: number; readonly numRuns: number },
): Promise<void> => {
  const property = fc.asyncProperty(corpora, fc.tuple(modes, modes), async (corpus, drawn) => {
    const configurations = Object.fromEntries(drawn.map((options, index) => [`drawn${String(index)}`, { ...always, ...options }]));
    await using played = await run.play(corpus, configurations, openStage);
    for (const name of Object.keys(configurations)) {
      expect((await played.differences(name)).slice(0, 5)).toEqual([]);
      const { ours } = await played.told(name);
      expect(finalState(ours)).toEqual(finalState(await played.snapshot(name)));
    }
  });
  await fc.assert(property, {
    seed,
    numRuns: runs(numRuns),
    // Each example takes seconds: a failure of one seed is made smaller for as long as there is time, one of many is told as it is.
    endOnFailure: seeds.length > 1,
    interruptAfterTimeLimit: limitMs(runs(numRuns)),
    markInterruptAsFailure: true,
  });
};

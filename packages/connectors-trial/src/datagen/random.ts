/** Chance that is the same each time for the same seed. */
export type Random = () => number;

/** Mulberry32: 32 bits of state, good enough for made-up data. In [0, 1). */
export const seededRandom = (seed: number): Random => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** A seed of its own for one record, so that a restarted task makes the record again that comes next. */
export const recordSeed = (seed: number, task: number, iteration: number): number =>
  Math.imul(seed ^ Math.imul(task + 1, 0x9e37_79b1), 0x85eb_ca6b) ^ Math.imul(iteration + 1, 0xc2b2_ae35);

/** Draws that favour what comes first: 0 leaves them alone, 1 gives the first tenth of all keys a third of the records. */
export const skewed =
  (random: Random, skew: number): Random =>
  () =>
    random() ** (1 + skew);

/** 1 MiB/s: a task that moves as much counts for one more than a task that idles. */
export const LOAD_UNIT = 1_048_576;

/** The rate after `elapsedMs` at `measured`: what is `timeConstantMs` ago still counts for about a third. */
export const smoothed = (rate: number, measured: number, elapsedMs: number, timeConstantMs: number): number =>
  measured + (rate - measured) * Math.exp(-elapsedMs / timeConstantMs);

/**
 * What is published of a rate, in bytes per second: 0, or LOAD_UNIT times a power of two. It stays until the rate is less than
 * half or more than twice of it, from 0 until the rate is a whole LOAD_UNIT, so that a rate that swings is not written again and again.
 */
export const nextStep = (published: number, rate: number): number => {
  const isNear = published === 0 ? rate < LOAD_UNIT : rate > published / 2 && rate < published * 2;
  if (isNear) return published;
  const exponent = Math.round(Math.log2(rate / LOAD_UNIT));
  return exponent < 0 ? 0 : LOAD_UNIT * 2 ** exponent;
};

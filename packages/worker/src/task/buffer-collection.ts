import type { Clock } from '@headrace/foundation';
import { collector } from '../collector.ts';

const EVERY_MS = 50;
/** What may gather before dead buffers are looked for. */
const ENOUGH_BYTES = 32 * 1_048_576;

/**
 * Frees the dead buffers of this thread while they are few, until the signal aborts. V8 by itself looks for them when 64 MiB
 * have come since it looked last, because a lane that makes few objects gives it no other reason. What was read, encoded and
 * sent dies young, so that a collection of the young generation finds it in about a millisecond.
 */
export const collectBuffers = async (clock: Clock, signal: AbortSignal): Promise<void> => {
  const collect = collector();
  for (;;) {
    await clock.sleep(EVERY_MS, signal);
    if (process.memoryUsage().arrayBuffers > ENOUGH_BYTES) collect({ type: 'minor' });
  }
};

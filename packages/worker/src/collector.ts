import type { Clock } from '@headrace/foundation';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** When a thread has loaded its code and begun its work. */
const SETTLED_MS = 5_000;
/** A larger heap is in use, and to compact it would stop the thread for too long. */
const SMALL_BYTES = 64 * 1_048_576;

type Collect = (options: { readonly type: 'major' | 'minor'; readonly flavor?: 'last-resort' }) => void;

/** V8's collector for this thread, by V8's own flag, from a context of its own: no plugin finds a `gc` among its globals. */
export const collector = (): Collect => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as Collect;
};

/**
 * Gives back what loading the code has left in the heap of this thread, a third of it, which V8 keeps for what may come. The
 * thread stands for less than a tenth of a second.
 */
export const compactHeap = (): void => {
  if (getHeapStatistics().used_heap_size < SMALL_BYTES) collector()({ type: 'major', flavor: 'last-resort' });
};

/** The same once the thread has settled, for one that loads more with its first work. */
export const compactOnceSettled = async (clock: Clock, signal: AbortSignal): Promise<void> => {
  await clock.sleep(SETTLED_MS, signal);
  compactHeap();
};

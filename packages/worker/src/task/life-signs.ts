import { systemClock } from '@headrace/foundation';
import type { FromThread } from './thread-messages.ts';

/** How often a task's thread says that its event loop turns. */
export const LIFE_SIGN_MS = 500;

/** In the task's thread: says that it is alive until aborted. */
export const showLife = async (post: (message: FromThread) => void, signal: AbortSignal): Promise<void> => {
  for (;;) {
    post({ type: 'alive', externalBytes: process.memoryUsage().external });
    await systemClock.sleep(LIFE_SIGN_MS, signal);
  }
};

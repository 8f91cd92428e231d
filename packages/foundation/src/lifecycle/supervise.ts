import type { Clock } from '../clock.ts';
import { hasReaction } from '../errors/headrace-error.ts';
import { toError } from '../errors/to-error.ts';
import type { Logger } from '../log.ts';
import { isAbort } from './abort.ts';
import { Backoff, type BackoffOptions } from './backoff.ts';
import type { Service } from './service.ts';

export interface SuperviseOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly backoff?: BackoffOptions;
  /** A run that lasted this long resets the backoff. Default 30,000 ms. */
  readonly healthyAfterMs?: number;
}

/** The only retry-forever loop: runs `service` again after a RetriableError, lets everything else through. */
export const supervise = async (service: Service, signal: AbortSignal, options: SuperviseOptions): Promise<void> => {
  const { clock, log, healthyAfterMs = 30_000 } = options;
  const backoff = new Backoff(clock, options.backoff);
  for (;;) {
    const startedAt = clock.monotonic();
    try {
      await service.run(signal);
      return;
    } catch (error) {
      if (signal.aborted && isAbort(error)) return;
      if (!hasReaction(error, 'retry')) throw error;
      if (clock.monotonic() - startedAt > healthyAfterMs) backoff.reset();
      const level = backoff.attempts < 4 ? 'info' : 'warn';
      log[level]('Service failed and will be run again.', {
        service: service.name,
        attempt: backoff.attempts,
        error: toError(error).message,
      });
      if (await isAbortedDuring(backoff, signal)) return;
    }
  }
};

const isAbortedDuring = async (backoff: Backoff, signal: AbortSignal): Promise<boolean> => {
  try {
    await backoff.wait(signal);
    return false;
  } catch {
    return true;
  }
};

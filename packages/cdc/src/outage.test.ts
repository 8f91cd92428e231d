import { VirtualClock } from '@headrace/testkit';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { Outage } from './outage.ts';

describe('an outage', () => {
  let clock: VirtualClock;

  beforeEach(() => {
    clock = new VirtualClock();
  });

  const outageOf = (retries: number): Outage =>
    new Outage(clock, { 'errors.max.retries': retries, 'retriable.restart.connector.wait.ms': 1_000 });

  const pause = async (outage: Outage): Promise<void> => {
    const waited = outage.wait(new AbortController().signal);
    await clock.advance(1_000);
    await waited;
  };

  /** How many attempts it has, at most `limit`, when each finds what `attempt` does. */
  const attemptsOf = async (outage: Outage, attempt: () => void, limit = 50): Promise<number> => {
    while (outage.lost() && outage.attempts < limit) {
      await pause(outage);
      attempt();
    }
    return outage.attempts;
  };

  test.each([0, 1, 9])('has as many attempts as errors.max.retries says: %d', async (retries) => {
    expect(await attemptsOf(outageOf(retries), () => undefined)).toBe(retries);
  });

  test('is not over with a connection that is accepted and dropped', async () => {
    const outage = outageOf(3);
    const dropped = (): void => {
      outage.connected();
      outage.read(false);
    };
    expect(await attemptsOf(outage, dropped)).toBe(3);
  });

  test.each([
    ['a change has come', true, 0],
    ['the connection has lasted ten seconds', false, 10_000],
  ])('is over once %s', async (_, hasChanges, afterMs) => {
    const outage = outageOf(3);
    expect(outage.lost()).toBe(true);
    await pause(outage);
    outage.connected();
    await clock.advance(afterMs);
    outage.read(hasChanges);
    expect(outage.attempts).toBe(0);
  });

  test('without a number of attempts lasts ten minutes from the first loss, connections that were dropped or not', async () => {
    const outage = outageOf(-1);
    const startedAt = clock.monotonic();
    await attemptsOf(
      outage,
      () => {
        outage.connected();
        outage.read(false);
      },
      10_000,
    );
    expect(clock.monotonic() - startedAt).toBeGreaterThan(599_000);
    expect(clock.monotonic() - startedAt).toBeLessThan(610_000);
  });
});

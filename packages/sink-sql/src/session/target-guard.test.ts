import type { TargetCircuit } from '@headrace/connector-api';
import { hasCode, RetriableError, silentLogger, silentMeter, TaskFailure, toError } from '@headrace/foundation';
import { describe, expect, test } from '@jest/globals';
import { VirtualClock } from '@headrace/testkit';
import { errors } from '../errors.ts';
import { TargetGuard } from './target-guard.ts';

const { signal } = new AbortController();
const lost = new RetriableError(errors.connection_lost.code, 'The connection broke.');
const conflict = new RetriableError(errors.conflict.code, 'Deadlock.');

/** A target that answers so one attempt after the other, and then takes everything. */
const run = (answers: readonly Error[], way: 'begin' | 'run' = 'run') => {
  const clock = new VirtualClock();
  const told: TargetCircuit[] = [];
  const gauges: number[] = [];
  const attemptsAt: number[] = [];
  const left = [...answers];
  const guard = new TargetGuard({
    clock,
    log: silentLogger,
    meter: { ...silentMeter, set: (_, value) => gauges.push(value) },
    labels: {},
    target: 'db:5432/shop',
    failures: 3,
    openMs: 60_000,
    timeoutMs: 600_000,
    atStart: { failures: 5, delayMs: 7_000 },
    tell: (circuit) => told.push(circuit),
  });
  const outcome = guard[way](() => {
    attemptsAt.push(clock.monotonic());
    const answer = left.shift();
    return answer === undefined ? Promise.resolve('applied') : Promise.reject(answer);
  }, signal).catch((error: unknown) => toError(error));
  return { clock, told, gauges, attemptsAt, outcome };
};

describe('the circuit of a target', () => {
  test('opens after lost connections in a row, lets one attempt through after a while, and closes when that succeeds', async () => {
    const { clock, told, gauges, attemptsAt, outcome } = run([lost, lost, lost, lost]);
    await clock.advance(200_000);
    expect(await outcome).toBe('applied');
    expect(told.map(({ state }) => state)).toEqual(['open', 'half-open', 'open', 'half-open', 'closed']);
    expect(told[0]).toEqual({ state: 'open', target: 'db:5432/shop', error: lost.message });
    expect(gauges).toEqual([2, 1, 2, 1, 0]);
    const [, , third = 0, fourth = 0, fifth = 0] = attemptsAt;
    expect([fourth - third, fifth - fourth].map(Math.round)).toEqual([60_000, 60_000]);
  });

  test('stays closed while transactions conflict: that is an answer', async () => {
    const { clock, told, outcome } = run(Array<Error>(10).fill(conflict));
    await clock.advance(100_000);
    expect(await outcome).toBe('applied');
    expect(told.filter(({ state }) => state !== 'closed')).toEqual([]);
  });

  test('does not keep a task waiting for longer than the time-out', async () => {
    const { clock, outcome } = run(Array<Error>(100).fill(lost));
    await clock.advance(900_000);
    const failure = await outcome;
    expect(hasCode(failure, errors.target_unavailable.code)).toBe(true);
    expect(toError(failure).message).toContain('db:5432/shop');
  });

  test('has nothing to do with other failures, which end the work at once', async () => {
    const failure = new TaskFailure('sql.no_key', 'No key.');
    const { attemptsAt, outcome } = run([failure]);
    expect(await outcome).toBe(failure);
    expect(attemptsAt).toHaveLength(1);
  });

  test('opens at the start after the attempts and waits of flush.max.retries and flush.retry.delay.ms', async () => {
    const { clock, told, attemptsAt, outcome } = run(Array<Error>(6).fill(lost), 'begin');
    await clock.advance(300_000);
    expect(await outcome).toBe('applied');
    expect(attemptsAt).toEqual([0, 7_000, 14_000, 21_000, 28_000, 88_000, 148_000]);
    expect(told.map(({ state }) => state)).toEqual(['open', 'half-open', 'open', 'half-open', 'closed']);
  });

  test('is told as closed when the target answers at the start', async () => {
    const { told, outcome } = run([], 'begin');
    await outcome;
    expect(told).toEqual([{ state: 'closed', target: 'db:5432/shop' }]);
  });
});

import { CircuitBreaker, hasCode, RetriableError, silentLogger, silentMeter, TaskFailure, toError } from '@headrace/foundation';
import { describe, expect, test } from '@jest/globals';
import { VirtualClock } from '@headrace/testkit';
import { errors } from '../errors.ts';
import { TargetGuard } from './target-guard.ts';

const { signal } = new AbortController();
const lost = new RetriableError(errors.connection_lost.code, 'The connection broke.');
const conflict = new RetriableError(errors.conflict.code, 'Deadlock.');

interface World {
  readonly clock: VirtualClock;
  readonly circuit: CircuitBreaker;
  readonly told: string[];
}

const worldOf = (): World => {
  const clock = new VirtualClock();
  const told: string[] = [];
  return { clock, told, circuit: new CircuitBreaker(clock, (state) => told.push(state)) };
};

/** A task's guard; `isConnected`: as if the task had a connection. */
const guardIn = ({ clock, circuit }: World, isConnected = (): boolean => false): TargetGuard =>
  new TargetGuard({
    clock,
    circuit,
    isConnected,
    log: silentLogger,
    meter: silentMeter,
    labels: {},
    target: 'db:5432',
    failures: 3,
    openMs: 60_000,
    timeoutMs: 600_000,
    atStart: { failures: 5, delayMs: 7_000 },
  });

/** A target that answers so one attempt after the other, and then takes everything. */
const run = (answers: readonly Error[], way: 'begin' | 'run' = 'run') => {
  const world = worldOf();
  const attemptsAt: number[] = [];
  const left = [...answers];
  const attempt = (): Promise<string> => {
    attemptsAt.push(world.clock.monotonic());
    const answer = left.shift();
    return answer === undefined ? Promise.resolve('applied') : Promise.reject(answer);
  };
  const guard = guardIn(world);
  const done = way === 'run' ? guard.run(attempt, signal) : guard.begin(attempt, signal);
  const outcome = done.catch((error: unknown) => toError(error));
  return { ...world, attemptsAt, outcome };
};

describe('the circuit of a target', () => {
  test('opens after lost connections in a row, lets one attempt through after a while, and closes when that succeeds', async () => {
    const { clock, circuit, told, attemptsAt, outcome } = run([lost, lost, lost, lost]);
    await clock.advance(30_000);
    expect(circuit.reason).toBe(lost.message);
    await clock.advance(170_000);
    expect(await outcome).toBe('applied');
    expect(told).toEqual(['open', 'half-open', 'open', 'half-open', 'closed']);
    const [, , third = 0, fourth = 0, fifth = 0] = attemptsAt;
    expect([fourth - third, fifth - fourth].map(Math.round)).toEqual([60_000, 60_000]);
  });

  test('stays closed while transactions conflict: that is an answer', async () => {
    const { clock, told, outcome } = run(Array<Error>(10).fill(conflict));
    await clock.advance(100_000);
    expect(await outcome).toBe('applied');
    expect(told).toEqual([]);
  });

  test('does not keep a task waiting for longer than the time-out', async () => {
    const { clock, outcome } = run(Array<Error>(100).fill(lost));
    await clock.advance(900_000);
    const failure = await outcome;
    expect(hasCode(failure, errors.target_unavailable.code)).toBe(true);
    expect(toError(failure).message).toContain('db:5432');
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
    expect(told).toEqual(['open', 'half-open', 'open', 'half-open', 'closed']);
  });
});

describe('tasks that share the circuit of a target', () => {
  /** Tasks that work on a target at the same time: it refuses until `answersFrom`. */
  const runMany = (count: number, answersFrom: number) => {
    const world = worldOf();
    const attemptsAt: number[] = [];
    const outcomes = Array.from({ length: count }, () =>
      guardIn(world).run(() => {
        attemptsAt.push(world.clock.monotonic());
        return world.clock.monotonic() < answersFrom ? Promise.reject(lost) : Promise.resolve('applied');
      }, signal),
    );
    return { ...world, attemptsAt, outcomes };
  };

  test('ask it once for all of them while it is open, and all go on when one was answered', async () => {
    const { clock, attemptsAt, outcomes } = runMany(8, 290_000);
    await clock.advance(30_000);
    const before = attemptsAt.length;
    await clock.advance(370_000);
    expect(await Promise.all(outcomes)).toEqual(Array<string>(8).fill('applied'));
    const later = attemptsAt.slice(before).map((at) => Math.floor(at / 60_000));
    // Four that fail, a minute apart, then one that does not, and behind it the seven that waited.
    expect(later).toEqual([1, 2, 3, 4, 5, 5, 5, 5, 5, 5, 5, 5]);
  });

  test('do not open it by losing a connection each, as a server that starts again makes them', async () => {
    const { clock, told, outcomes } = runMany(8, 50);
    await clock.advance(10_000);
    expect(await Promise.all(outcomes)).toEqual(Array<string>(8).fill('applied'));
    expect(told).toEqual([]);
  });

  test('go on in connections that they have, and close it by that', async () => {
    const world = worldOf();
    world.circuit.open('refused', 60_000);
    expect(await guardIn(world, () => true).run(() => Promise.resolve('applied'), signal)).toBe('applied');
    expect(world.told).toEqual(['open', 'closed']);
  });

  test('fail after the time-out of each, also while none of them has had a turn', async () => {
    const { clock, outcomes } = runMany(30, Infinity);
    const failed = Promise.all(outcomes.map((outcome) => outcome.catch((error: unknown) => error)));
    await clock.advance(800_000);
    for (const error of await failed) {
      expect(hasCode(error, errors.target_unavailable.code)).toBe(true);
      expect(toError(error).message).toContain(lost.message);
    }
  });
});

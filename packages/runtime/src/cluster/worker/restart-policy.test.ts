import { describe, expect, test } from '@jest/globals';
import { VirtualClock } from '@headrace/testkit';
import { restartConfig, RestartPolicy, traceWithRestart } from './restart-policy.ts';

const policyOf = () => {
  const clock = new VirtualClock();
  const policy = new RestartPolicy(clock);
  policy.started(0);
  return { clock, policy };
};

const all = { 'headrace.restart.on': '*', 'headrace.restart.backoff.ms': '1000' };

describe('the restart policy of a connector', () => {
  test('is none unless it is asked for', () => {
    expect(policyOf().policy.failed({}, 'kafka.not_authorized')).toBeUndefined();
  });

  test.each([
    ['*', 'internal', true],
    ['kafka.not_authorized', 'kafka.not_authorized', true],
    ['kafka.*', 'kafka.not_authorized', true],
    ['kafka.*', 'kafka_other.x', false],
    ['registry.refused,kafka.x', 'kafka.not_authorized', false],
  ])('%s means the error %s: %s', (on, code, isMeant) => {
    expect(policyOf().policy.failed({ 'headrace.restart.on': on }, code) !== undefined).toBe(isMeant);
  });

  test('waits longer each time, up to the longest wait', () => {
    const { policy } = policyOf();
    const raw = { ...all, 'headrace.restart.backoff.max.ms': '4000' };
    const waits = Array.from({ length: 5 }, () => policy.failed(raw, 'x')?.afterMs ?? 0);
    for (const [index, full] of [1_000, 2_000, 4_000, 4_000, 4_000].entries()) {
      expect(waits[index]).toBeGreaterThanOrEqual(full / 2);
      expect(waits[index]).toBeLessThanOrEqual(full);
    }
  });

  test('ends after the last start of a row; -1 has no last', () => {
    const { policy } = policyOf();
    const raw = { ...all, 'headrace.restart.max': '2' };
    expect([1, 2, 3].map(() => policy.failed(raw, 'x')?.attempt)).toEqual([1, 2, undefined]);
    expect(policy.failed({ ...all, 'headrace.restart.max': '-1' }, 'x')).toMatchObject({ attempt: 3, max: undefined });
  });

  test('begins a new row after the task has worked for long enough, and when a user restarts it', async () => {
    const { clock, policy } = policyOf();
    const raw = { ...all, 'headrace.restart.max': '1', 'headrace.restart.reset.ms': '60000' };
    expect(policy.failed(raw, 'x')?.attempt).toBe(1);
    policy.started(0);
    await clock.advance(59_000);
    expect(policy.failed(raw, 'x')).toBeUndefined();
    policy.started(0);
    await clock.advance(60_000);
    expect(policy.failed(raw, 'x')?.attempt).toBe(1);
    expect(policy.failed({ ...raw, 'headrace.restart.reset.ms': '600000' }, 'x')).toBeUndefined();
    policy.started(1);
    expect(policy.failed(raw, 'x')?.attempt).toBe(1);
  });

  test('is refused where it makes no sense', () => {
    const { problems } = restartConfig.parse({ 'headrace.restart.on': 'Kafka!', 'headrace.restart.max': '-2' });
    expect(problems.map(({ key }) => key)).toEqual(['headrace.restart.on', 'headrace.restart.max']);
  });

  test('keeps the first line of the trace', () => {
    const trace = traceWithRestart('TaskFailure: no\n  at x', { afterMs: 1_500, attempt: 2, max: 3 });
    expect(trace).toBe('TaskFailure: no\nStarts again by itself in 2 s: restart 2 of 3 (headrace.restart.on).\n  at x');
  });
});

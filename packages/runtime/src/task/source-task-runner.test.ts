import { FencedError, RetriableError, TaskFailure } from '@headrace/foundation';
import { VirtualClock } from '@headrace/testkit';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TaskRig, textOf } from './testing/task-rig.ts';

const values = (count: number): string[] => Array.from({ length: count }, (_, index) => `v${String(index)}`);
const away = (): RetriableError => new RetriableError('kafka.away', 'Broker is away.');

const startSource = (
  count: number,
  config: Readonly<Record<string, string>> = {},
  isPaused = false,
): { rig: TaskRig; clock: VirtualClock } => {
  const rig = new TaskRig();
  const clock = new VirtualClock();
  rig.source.values = values(count);
  rig.start('source', config, { clock, isPaused });
  return { rig, clock };
};

const written = (rig: TaskRig): string[] => rig.kafka.log.map(textOf);

afterEach(() => {
  TaskRig.stopAll();
});

describe('A source task', () => {
  test('fences before it confirms ownership, and reads its position after both', async () => {
    const { rig, clock } = startSource(2);
    rig.kafka.positions.set('c{"server":"s"}', { at: 1 });
    await clock.until(() => rig.kafka.log.length === 1);
    expect(rig.kafka.opened).toEqual(['writer k-c-0']);
    expect(rig.events).toEqual(['confirm', 'running']);
    expect(rig.lane).toBe('object');
    expect(written(rig)).toEqual(['v1']);
    rig.stop();
    await rig.ended;
  });

  test('I1: acknowledges a position only when its records are durable', async () => {
    const { rig, clock } = startSource(4);
    rig.kafka.isHeld = true;
    await clock.until(() => rig.source.polls > 4);
    expect(rig.source.acknowledged).toEqual([]);
    rig.kafka.release();
    expect(written(rig)).toEqual(values(4));
    expect(rig.source.acknowledged).toEqual([2, 4]);
    rig.stop();
    await rig.ended;
  });

  test('I7: a stop makes durable what was taken, then says so', async () => {
    const { rig, clock } = startSource(6);
    rig.kafka.isHeld = true;
    await clock.until(() => rig.source.polls > 4);
    rig.stop();
    await clock.advance(10);
    expect(rig.events.at(-1)).toBe('running');
    rig.kafka.release();
    await rig.ended;
    expect(rig.events.at(-1)).toBe('stopped');
    expect(rig.source.acknowledged.at(-1)).toBe(6);
    expect(rig.source.disposals).toBe(1);
  });

  test('ends within its time to stop even when the broker hangs', async () => {
    const { rig, clock } = startSource(6);
    rig.kafka.isHeld = true;
    await clock.until(() => rig.source.polls > 4);
    rig.stop();
    await clock.advance(5_000);
    await rig.ended;
    expect(rig.events.at(-1)).toBe('stopped');
    expect(rig.source.acknowledged).toEqual([]);
    expect(clock.sleeperCount).toBe(0);
  });

  test('I2: a fenced task ends quietly when somebody else owns it, and opens no writer again', async () => {
    const { rig, clock } = startSource(1);
    await clock.until(() => rig.kafka.log.length === 1);
    rig.isOwner = false;
    rig.kafka.fence('k-c-0');
    rig.source.values.push('late');
    await clock.until(() => rig.events.at(-1) === 'fenced');
    await rig.ended;
    expect(rig.kafka.opened).toHaveLength(1);
    expect(written(rig)).toEqual(['v0']);
    expect(rig.events.filter((event) => event === 'failed' || event === 'stopped')).toEqual([]);
  });

  test('a fencing error while it is still the owner opens everything anew', async () => {
    const { rig, clock } = startSource(2);
    rig.kafka.failOnce('append', new FencedError('kafka.fenced', 'Coordinator timed out.'));
    await clock.until(() => rig.kafka.log.length === 2);
    expect(rig.kafka.opened).toHaveLength(2);
    expect(rig.events).toEqual(['confirm', 'running', 'confirm', 'confirm', 'running']);
    rig.stop();
    await rig.ended;
  });

  test('an outage is waited out: same order, nothing lost, nothing twice', async () => {
    const { rig, clock } = startSource(9);
    rig.kafka.failOnce('append', away());
    rig.kafka.failOnce('open', away());
    rig.isOwner = new Error('etcd is away');
    await clock.advance(3_000);
    rig.isOwner = true;
    await clock.until(() => rig.kafka.log.length === 9, 60_000);
    expect(written(rig)).toEqual(values(9));
    expect(rig.source.starts).toBe(rig.source.disposals + 1);
    rig.stop();
    await rig.ended;
  });

  test('fails when an outage outlasts the time for retries, with the cause in the trace', async () => {
    const { rig, clock } = startSource(1, { 'task.retry.timeout.ms': '20000' });
    rig.source.failures.poll = () => {
      throw away();
    };
    await clock.until(() => rig.events.at(-1) === 'failed', 120_000);
    expect(rig.failure?.code).toBe('task.retries_exhausted');
    expect(rig.failure?.trace).toMatch(
      /^TaskFailure: The task made no progress for 20 s[\s\S]*Caused by: RetriableError: Broker is away\./,
    );
    await rig.ended;
  });

  test('fails at once for anything that a retry cannot cure', async () => {
    const { rig, clock } = startSource(1);
    rig.source.failures.start = () => {
      throw new TaskFailure('postgres.slot_lost', 'Slot "a" is lost.');
    };
    await clock.until(() => rig.events.at(-1) === 'failed');
    expect(rig.failure).toMatchObject({ code: 'postgres.slot_lost', message: 'Slot "a" is lost.' });
    expect(rig.source.starts).toBe(1);
  });

  test('a pause flushes, then polls no more until it is resumed', async () => {
    const rig = new TaskRig();
    const clock = new VirtualClock();
    rig.source.values = values(4);
    const runner = rig.start('source', {}, { clock });
    rig.kafka.isHeld = true;
    await clock.until(() => rig.source.polls > 4);
    runner.pause();
    await clock.advance(10);
    expect(rig.events.at(-1)).toBe('running');
    rig.kafka.release();
    await clock.until(() => rig.events.at(-1) === 'paused');
    const { polls } = rig.source;
    rig.source.values.push('later');
    await clock.advance(5_000);
    expect(rig.source.polls).toBe(polls);
    rig.kafka.isHeld = false;
    runner.resume();
    await clock.until(() => written(rig).at(-1) === 'later');
    expect(rig.events.slice(-2)).toEqual(['paused', 'running']);
    rig.stop();
    await rig.ended;
  });

  test('a task that is paused from the start polls nothing', async () => {
    const { rig, clock } = startSource(3, {}, true);
    await clock.until(() => rig.events.at(-1) === 'paused');
    await clock.advance(1_000);
    expect(rig.source.polls).toBe(0);
    rig.stop();
    await rig.ended;
    expect(rig.events.at(-1)).toBe('stopped');
  });

  test('names a topic with its first record, and again after ten seconds of use', async () => {
    const { rig, clock } = startSource(4);
    await clock.until(() => rig.kafka.log.length === 4);
    expect(rig.topicsUsed).toEqual(['t']);
    await clock.advance(10_000);
    rig.source.values.push('a', 'b', 'c', 'd');
    await clock.until(() => rig.kafka.log.length === 8);
    expect(rig.topicsUsed).toEqual(['t', 't']);
    rig.stop();
    await rig.ended;
  });

  test('records that a transform drops still move the position', async () => {
    const { rig, clock } = startSource(4, {
      transforms: 'd',
      'transforms.d.type': 'test.Drop',
      'transforms.d.predicate': 'p',
      'transforms.d.negate': 'true',
      predicates: 'p',
      'predicates.p.type': 'test.ValueIs',
      'predicates.p.value': 'v2',
    });
    await clock.until(() => rig.source.acknowledged.at(-1) === 4);
    expect(written(rig)).toEqual(['v2']);
    rig.stop();
    await rig.ended;
  });

  test('a record that cannot be written fails the task, or is skipped and counted under errors.tolerance=all', async () => {
    const strict = startSource(0);
    strict.rig.source.values.push('a', '?');
    await strict.clock.until(() => strict.rig.events.at(-1) === 'failed');
    expect(strict.rig.failure?.message).toContain(
      'Tolerance exceeded in error handler: a record (topic t) failed at stage VALUE_CONVERTER in test.TextConverter',
    );

    const lenient = startSource(0, { 'errors.tolerance': 'all' });
    lenient.rig.source.values.push('a', '?', 'b');
    await lenient.clock.until(() => lenient.rig.kafka.log.length === 2);
    expect(written(lenient.rig)).toEqual(['a', 'b']);
    expect(lenient.rig.counters.get('kafka_connect_task_error_metrics_total_records_skipped')).toBe(1);
    lenient.rig.stop();
    await lenient.rig.ended;
  });

  test('refuses what it cannot do with a sentence', async () => {
    const { rig } = startSource(1, { 'transaction.boundary': 'connector' });
    await rig.ended;
    expect(rig.failure?.message).toContain('transaction.boundary=connector cannot be done');
    const unknown = startSource(1, { 'value.converter': 'x.Y' });
    await unknown.rig.ended;
    expect(unknown.rig.failure?.message).toContain('This worker has nothing called "x.Y", which value.converter asks for.');
  });

  test('writes every value once and in order, whatever breaks on the way', async () => {
    const fault = fc.constantFrom('append', 'open', 'flush', 'append', 'poll');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(30), fault), { maxLength: 8 }),
        fc.integer({ min: 1, max: 5 }),
        async (faults, batchSize) => {
          const { rig, clock } = startSource(30);
          rig.source.batchSize = batchSize;
          const pending = [...faults].sort(([a], [b]) => a - b);
          rig.source.failures.poll = () => {
            const [at, call] = pending[0] ?? [];
            if (at === undefined || rig.source.polls < at) return;
            pending.shift();
            if (call === 'poll') throw away();
            rig.kafka.failOnce(call ?? 'append', away());
          };
          await clock.until(() => rig.kafka.log.length >= 30, 600_000, 500);
          expect(written(rig)).toEqual(values(30));
          expect(rig.source.acknowledged).toEqual([...rig.source.acknowledged].sort((a, b) => a - b));
          rig.stop();
          await rig.ended;
        },
      ),
      { numRuns: 40 },
    );
  });
});

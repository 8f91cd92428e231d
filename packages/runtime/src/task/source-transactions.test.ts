import { RetriableError } from '@headrace/foundation';
import { VirtualClock } from '@headrace/testkit';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TaskRig, textOf, type SourceScript } from './testing/task-rig.ts';

type End = ReturnType<NonNullable<SourceScript['transactionAt']>>;

const values = (count: number): string[] => Array.from({ length: count }, (_, index) => `v${String(index)}`);

const startSource = (count: number, transactionAt: (next: number) => End, config: Readonly<Record<string, string>> = {}) => {
  const rig = new TaskRig();
  const clock = new VirtualClock();
  rig.source.values = values(count);
  rig.source.transactionAt = transactionAt;
  const runner = rig.start('source', { 'transaction.boundary': 'connector', ...config }, { clock });
  return { rig, clock, runner };
};

const written = (rig: TaskRig): string[] => rig.kafka.log.map(textOf);

afterEach(() => {
  TaskRig.stopAll();
});

describe('A source that ends its transactions itself', () => {
  test('has nothing of one written before it is committed, and its position with it', async () => {
    const { rig, clock } = startSource(10, (next) => (next === 6 ? 'commit' : undefined));
    await clock.until(() => rig.source.polls > 8);
    expect(written(rig)).toEqual(values(6));
    expect(rig.source.acknowledged).toEqual([6]);
    rig.stop();
    await rig.ended;
    expect(written(rig)).toEqual(values(6));
    expect(rig.kafka.positions.get('c{"server":"s"}')).toEqual({ at: 6 });
  });

  test('has the records of an aborted one dropped for good, and its position stored', async () => {
    const { rig, clock } = startSource(8, (next) => (next === 4 ? 'abort' : next === 8 ? 'commit' : undefined));
    await clock.until(() => rig.source.acknowledged.at(-1) === 8);
    expect(written(rig)).toEqual(values(8).slice(4));
    expect(rig.source.acknowledged).toEqual([4, 8]);
    rig.stop();
    await rig.ended;
  });

  test('keeps an unfinished one over a pause', async () => {
    const { rig, clock, runner } = startSource(4, (next) => (next === 6 ? 'commit' : undefined));
    await clock.until(() => rig.source.polls > 4);
    runner.pause();
    await clock.until(() => rig.events.at(-1) === 'paused');
    expect(written(rig)).toEqual([]);
    rig.source.values = values(6);
    runner.resume();
    await clock.until(() => rig.source.acknowledged.at(-1) === 6);
    expect(written(rig)).toEqual(values(6));
    rig.stop();
    await rig.ended;
  });

  test('fails when it does not end one within the memory it may use', async () => {
    const { rig } = startSource(20, () => undefined, { 'producer.override.buffer.memory': '20' });
    await rig.ended;
    expect(rig.failure?.code).toBe('task.transaction_too_large');
    expect(written(rig)).toEqual([]);
  });

  test('writes each transaction whole and once, whatever breaks on the way', async () => {
    const call = fc.constantFrom('append', 'open', 'flush', 'poll');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(40), call), { maxLength: 6 }), fc.integer({ min: 1, max: 9 }), async (faults, size) => {
        // Transactions of `size` values, every third aborted.
        const endAt = (next: number): End => (next % size !== 0 && next !== 60 ? undefined : (next / size) % 3 === 2 ? 'abort' : 'commit');
        const { rig, clock } = startSource(60, endAt);
        rig.source.batchSize = 1;
        const pending = [...faults].sort(([a], [b]) => a - b);
        rig.source.failures.poll = () => {
          const [at, planned] = pending[0] ?? [];
          if (at === undefined || rig.source.polls < at) return;
          pending.shift();
          const away = new RetriableError('kafka.away', 'Broker is away.');
          if (planned === 'poll') throw away;
          rig.kafka.failOnce(planned ?? 'append', away);
        };
        await clock.until(() => rig.source.acknowledged.at(-1) === 60, 600_000, 500);
        const isKept = (index: number): boolean => {
          const end = Math.min(60, (Math.floor(index / size) + 1) * size);
          return endAt(end) === 'commit';
        };
        expect(written(rig)).toEqual(values(60).filter((_, index) => isKept(index)));
        rig.stop();
        await rig.ended;
      }),
      { numRuns: 40 },
    );
  });
});

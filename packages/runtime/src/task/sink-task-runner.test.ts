import { FencedError, RetriableError, TaskFailure } from '@headrace/foundation';
import { VirtualClock } from '@headrace/testkit';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { putValues, startSinkOn, stop } from './testing/start-sink.ts';
import { TaskRig, type RigOptions } from './testing/task-rig.ts';

const away = (): RetriableError => new RetriableError('target.away', 'Target is away.');

const startSink = (
  values: readonly string[],
  config: Readonly<Record<string, string>> = {},
  prepare?: (rig: TaskRig) => void,
  options: Partial<RigOptions> = {},
) => startSinkOn(new VirtualClock(), values, { config, options, ...(prepare === undefined ? {} : { prepare }) });

afterEach(() => {
  TaskRig.stopAll();
});

describe('A sink task', () => {
  test('fences, confirms, then reads from the committed offset', async () => {
    const started = startSink(['a', 'b', 'c'], {}, (rig) => rig.kafka.committed.set('t-0', 1n));
    await started.clock.until(() => putValues(started.rig).length === 2);
    expect(started.rig.kafka.opened).toEqual(['offsets k-c-0', 'reader']);
    expect(started.rig.events).toEqual(['confirm', 'running']);
    expect(putValues(started.rig)).toEqual(['b', 'c']);
    await stop(started);
  });

  test('I6: commits where it begins, though nothing comes: a group that was taken over is in no copy yet, and a reset is nowhere', async () => {
    const takenOver = startSink(['a', 'b'], {}, (rig) => rig.kafka.committed.set('t-0', 2n));
    await takenOver.clock.until(() => takenOver.rig.kafka.commits.length > 0);
    expect(takenOver.rig.kafka.commits).toEqual(['t-0@2']);
    await stop(takenOver);
    const latest = startSink(['a', 'b', 'c'], { 'consumer.override.auto.offset.reset': 'latest' });
    await latest.clock.until(() => latest.rig.kafka.commits.length > 0);
    expect(latest.rig.kafka.commits).toEqual(['t-0@3']);
    await latest.clock.advance(60_000);
    expect(latest.rig.kafka.commits).toHaveLength(1);
    await stop(latest);
  });

  test('is given records as they stand in Kafka where it can read them, and objects of those where it asks', async () => {
    const seen: string[] = [];
    const read = (rig: TaskRig): void => {
      rig.sink.read = (batch, signal) => {
        for (const { bytes, valueStart, valueEnd } of batch.records)
          seen.push(Buffer.from(bytes.subarray(valueStart, valueEnd)).toString());
        return batch.decode(signal);
      };
    };
    const reading = startSink(['a', '!', 'b'], { 'errors.tolerance': 'all' }, read);
    await reading.clock.until(() => putValues(reading.rig).length === 2);
    expect(seen).toEqual(['a', '!', 'b']);
    expect(putValues(reading.rig)).toEqual(['a', 'b']);
    expect(reading.rig.lane).toBe('fused');
    await reading.clock.until(() => reading.rig.kafka.committed.get('t-0') === 3n);
    expect(reading.rig.counters.get('kafka_connect_sink_task_metrics_sink_record_send_total')).toBe(2);
    await stop(reading);

    const transforms = { transforms: 'drop', 'transforms.drop.type': 'test.Drop', 'transforms.drop.predicate': 'is' };
    const predicates = { predicates: 'is', 'predicates.is.type': 'test.ValueIs', 'predicates.is.value': 'b' };
    const transformed = startSink(['a', 'b', 'c'], { ...transforms, ...predicates }, read);
    await transformed.clock.until(() => putValues(transformed.rig).length === 2);
    expect(putValues(transformed.rig)).toEqual(['a', 'c']);
    expect(transformed.rig.lane).toBe('object');
    expect(seen).toHaveLength(3);
    await stop(transformed);
  });

  test('commits as often as offset.flush.interval.ms says', async () => {
    const started = startSink(['a'], { 'offset.flush.interval.ms': '30000' });
    await started.clock.until(() => putValues(started.rig).length === 1);
    await started.clock.advance(25_000);
    expect(started.rig.kafka.commits).toEqual([]);
    await started.clock.advance(10_000);
    expect(started.rig.kafka.commits).toEqual(['t-0@1']);
    await stop(started);
  });

  test.each(['objects', 'records as they stand in Kafka'])(
    'I7: a stop ends the wait of %s for a registry at once, and skips none',
    async (form) => {
      const read = (rig: TaskRig): void => {
        if (form !== 'objects') rig.sink.read = (batch, signal) => batch.decode(signal);
      };
      const started = startSink(['a', '~'], { 'errors.retry.timeout': '-1', 'errors.tolerance': 'all' }, read);
      await started.clock.until(() => (started.rig.counters.get('kafka_connect_task_error_metrics_total_retries') ?? 0) > 0);
      await stop(started);
      expect(started.rig.events.at(-1)).toBe('stopped');
      expect(started.rig.counters.get('kafka_connect_task_error_metrics_total_records_skipped') ?? 0).toBe(0);
      expect(started.rig.kafka.committed.has('t-0')).toBe(false);
    },
  );

  test("the target's own position wins over the committed offset", async () => {
    const started = startSink(['a', 'b', 'c'], {}, (rig) => {
      rig.kafka.committed.set('t-0', 0n);
      rig.sink.positions = [{ topic: 't', partition: 0, offset: 2n }];
    });
    await started.clock.until(() => putValues(started.rig).length === 1);
    expect(putValues(started.rig)).toEqual(['c']);
    await stop(started);
  });

  test('I6: without any position it follows auto.offset.reset, and fails under none', async () => {
    const latest = startSink(['a'], { 'consumer.override.auto.offset.reset': 'latest' });
    await latest.clock.until(() => latest.rig.events.includes('running'));
    latest.rig.kafka.produce('t', 0, 'k', 'new');
    await latest.clock.until(() => putValues(latest.rig).length === 1);
    expect(putValues(latest.rig)).toEqual(['new']);
    await stop(latest);

    const none = startSink(['a'], { 'consumer.override.auto.offset.reset': 'none' });
    await none.rig.ended;
    expect(none.rig.failure).toMatchObject({ code: 'task.no_offset', message: expect.stringContaining('t-0') as unknown });
  });

  test('I1: commits an offset only after a flush has made everything before it durable', async () => {
    const started = startSink(['a', 'b']);
    const { rig, clock } = started;
    await clock.until(() => putValues(rig).length === 2);
    expect(rig.kafka.committed.size).toBe(0);
    rig.sink.failures.flush = () => {
      expect(rig.kafka.committed.size).toBe(0);
    };
    await clock.until(() => rig.kafka.committed.get('t-0') === 2n);
    expect(rig.sink.durable.size).toBe(2);
    await stop(started);
    expect(rig.kafka.commits).toEqual(['t-0@2']);
  });

  test('I1: commits no offset behind a record that the sink keeps back', async () => {
    const started = startSink(['a', 'b', 'c'], {}, (rig) => rig.sink.waiting.push({ topic: 't', partition: 0, offset: 1n }));
    await started.clock.until(() => putValues(started.rig).length === 3);
    await stop(started);
    expect(started.rig.kafka.committed.get('t-0')).toBe(1n);
  });

  test('I7: a stop flushes and commits, then says so', async () => {
    const started = startSink(['a', 'b']);
    await started.clock.until(() => putValues(started.rig).length === 2);
    await stop(started);
    expect(started.rig.sink.durable.size).toBe(2);
    expect(started.rig.kafka.committed.get('t-0')).toBe(2n);
    expect(started.rig.events.at(-1)).toBe('stopped');
  });

  test('gives the same records again after a retriable put, without reading them again', async () => {
    let failures = 3;
    const started = startSink(['a', 'b'], {}, (rig) => {
      rig.sink.failures.put = () => {
        failures -= 1;
        if (failures >= 0) throw away();
      };
    });
    await started.clock.until(() => started.rig.kafka.committed.get('t-0') === 2n);
    expect(started.rig.sink.puts).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(started.rig.kafka.opened.filter((name) => name === 'reader')).toHaveLength(1);
    await stop(started);
  });

  test('opens everything anew when the puts go on failing, and fails when that lasts', async () => {
    const started = startSink(['a'], { 'task.retry.timeout.ms': '30000' }, (rig) => {
      rig.sink.failures.put = () => {
        throw away();
      };
    });
    await started.clock.until(() => started.rig.events.at(-1) === 'failed', 300_000, 500);
    expect(started.rig.failure).toMatchObject({ code: 'task.retries_exhausted' });
    expect(started.rig.kafka.opened.filter((name) => name === 'reader').length).toBeGreaterThan(1);
    expect(started.rig.kafka.committed.size).toBe(0);
  });

  test('any other failure of a put fails the task with its own words', async () => {
    const started = startSink(['a'], {}, (rig) => {
      rig.sink.failures.put = () => {
        throw new TaskFailure('sql.no_table', 'Table "t" is missing.');
      };
    });
    await started.rig.ended;
    expect(started.rig.failure).toMatchObject({
      code: 'sql.no_table',
      trace: expect.stringMatching(/^TaskFailure: Table "t" is missing\./) as unknown,
    });
  });

  test('I2: a commit that is refused because somebody else owns the task ends it quietly', async () => {
    const started = startSink(['a']);
    const { rig, clock } = started;
    await clock.until(() => putValues(rig).length === 1);
    rig.kafka.fence('k-c-0');
    rig.isOwner = false;
    await clock.until(() => rig.events.at(-1) === 'fenced');
    await rig.ended;
    expect(rig.kafka.committed.size).toBe(0);
    expect(rig.kafka.opened.filter((name) => name.startsWith('offsets'))).toHaveLength(1);
  });

  test('a pause commits what is done and reads no more until it is resumed', async () => {
    const rig = new TaskRig();
    const clock = new VirtualClock();
    rig.kafka.produce('t', 0, 'k', 'a');
    const runner = rig.start('sink', {}, { clock });
    await clock.until(() => putValues(rig).length === 1);
    runner.pause();
    await clock.until(() => rig.events.at(-1) === 'paused');
    expect(rig.kafka.committed.get('t-0')).toBe(1n);
    rig.kafka.produce('t', 0, 'k', 'b');
    await clock.advance(5_000);
    expect(putValues(rig)).toEqual(['a']);
    runner.resume();
    await clock.until(() => putValues(rig).length === 2);
    await stop({ rig });
  });

  test('records that a transform drops still move the offset', async () => {
    const started = startSink(['a', 'b'], { transforms: 'd', 'transforms.d.type': 'test.Drop' });
    await started.clock.until(() => started.rig.kafka.committed.get('t-0') === 2n);
    expect(started.rig.sink.puts).toEqual([]);
    await stop(started);
  });
});

describe('A sink task under faults', () => {
  test('has every record in the target in the end, whatever breaks on the way', async () => {
    const fault = fc.constantFrom('put', 'flush', 'commit', 'poll', 'fenced');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(20), fault), { maxLength: 8 }), async (faults) => {
        const rig = new TaskRig();
        const clock = new VirtualClock();
        const pending = [...faults].sort(([a], [b]) => a - b);
        const trip = (call: string, put: number): void => {
          const [at, planned] = pending[0] ?? [];
          if (at === undefined || put < at || planned !== call) return;
          pending.shift();
          throw away();
        };
        rig.sink.failures.put = () => {
          trip('put', rig.sink.puts.length);
        };
        rig.sink.failures.flush = () => {
          trip('flush', rig.sink.puts.length);
        };
        rig.start('sink', { 'consumer.override.max.poll.records': '3' }, { clock });
        const expected = new Map<string, string>();
        for (let round = 0; round < 20; round += 1) {
          const key = `k${String(round % 7)}`;
          rig.kafka.produce('t', 0, key, `v${String(round)}`);
          expected.set(key, `v${String(round)}`);
          const [at, planned] = pending[0] ?? [];
          if (at === round && (planned === 'commit' || planned === 'poll')) rig.kafka.failOnce(planned, away());
          if (at === round && planned === 'fenced') rig.kafka.failOnce('commit', new FencedError('kafka.fenced', 'Timed out.'));
          await clock.advance(700);
        }
        await clock.until(() => rig.kafka.committed.get('t-0') === 20n, 600_000, 500);
        expect(Object.fromEntries(rig.sink.durable)).toEqual(Object.fromEntries(expected));
        const offsets = rig.kafka.commits.map((commit) => Number(commit.split('@')[1]));
        expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
        rig.stop();
        await rig.ended;
      }),
      { numRuns: 30 },
    );
  });
});

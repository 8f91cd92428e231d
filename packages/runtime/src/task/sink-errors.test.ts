import { RecordError, RetriableError, silentLogger, type LogFields, type Logger } from '@headrace/foundation';
import { VirtualClock } from '@headrace/testkit';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { putValues, startSinkOn, stop } from './testing/start-sink.ts';
import { TaskRig, textOf, type RigOptions } from './testing/task-rig.ts';

const METRICS = 'kafka_connect_task_error_metrics_';

const startSink = (
  values: readonly string[],
  config: Readonly<Record<string, string>> = {},
  prepare?: (rig: TaskRig) => void,
  options: Partial<RigOptions> = {},
) => startSinkOn(new VirtualClock(), values, { config, options, ...(prepare === undefined ? {} : { prepare }) });

afterEach(() => {
  TaskRig.stopAll();
});

describe('Records that a sink task cannot handle', () => {
  const queue = {
    'errors.tolerance': 'all',
    'errors.deadletterqueue.topic.name': 'dead',
    'errors.deadletterqueue.context.headers.enable': 'true',
  };

  test('go to the dead letter queue as they were read, saying why, before their offset is committed', async () => {
    const started = startSink(['a', '!', 'b'], queue, (rig) => {
      rig.kafka.isHeld = true;
    });
    const { rig, clock } = started;
    await clock.until(() => putValues(rig).length === 2);
    await clock.advance(3_000);
    expect(rig.kafka.committed.size).toBe(0);
    rig.kafka.isHeld = false;
    rig.kafka.release();
    await clock.until(() => rig.kafka.committed.get('t-0') === 3n);
    expect(putValues(rig)).toEqual(['a', 'b']);
    const [letter] = rig.kafka.log;
    expect(letter).toMatchObject({ topic: 'dead', timestamp: 1 });
    expect(letter === undefined ? '' : textOf(letter)).toBe('!');
    const headers = letter?.headers.map(({ key, value }) => [key, Buffer.from(value ?? []).toString()]) ?? [];
    expect(headers.slice(0, -1)).toEqual([
      ['__connect.errors.topic', 't'],
      ['__connect.errors.partition', '0'],
      ['__connect.errors.offset', '1'],
      ['__connect.errors.connector.name', 'c'],
      ['__connect.errors.task.id', '0'],
      ['__connect.errors.stage', 'VALUE_CONVERTER'],
      ['__connect.errors.class.name', 'test.TextConverter'],
      ['__connect.errors.exception.class.name', 'org.apache.kafka.connect.errors.DataException'],
      ['__connect.errors.exception.message', 'Value cannot be read.'],
    ]);
    expect(headers.at(-1)?.[0]).toBe('__connect.errors.exception.stacktrace');
    await stop(started);
  });

  test('are found among records that the task reads itself: the halves come as objects, until the one to blame comes alone', async () => {
    const started = startSink(['a', 'x', 'b', 'c'], queue, (rig) => {
      rig.sink.read = () => Promise.reject(new RecordError('target.refused', 'One of them.'));
      rig.sink.failures.put = (records) => {
        if (records.some(({ value }) => value === 'x')) throw new RecordError('target.refused', 'One of them.');
      };
    });
    const { rig, clock } = started;
    await clock.until(() => rig.kafka.committed.get('t-0') === 4n);
    expect([...rig.sink.durable.values()]).toEqual(['a', 'b', 'c']);
    expect(rig.kafka.log.map(textOf)).toEqual(['x']);
    await stop(started);
  });

  test('fail the task under errors.tolerance=none, and are in the queue all the same', async () => {
    const started = startSink(['!'], { ...queue, 'errors.tolerance': 'none' });
    await started.rig.ended;
    expect(started.rig.failure?.message).toContain('Tolerance exceeded in error handler: a record (topic t, partition 0, offset 0)');
    expect(started.rig.kafka.log).toHaveLength(1);
    expect(started.rig.kafka.committed.size).toBe(0);
  });

  test('are logged with errors.log.enable, and with errors.log.include.messages which one it was', async () => {
    const logged = async (config: Readonly<Record<string, string>>): Promise<readonly LogFields[]> => {
      const lines: LogFields[] = [];
      const log: Logger = {
        ...silentLogger,
        error: (message, fields) => lines.push({ message, ...fields }),
        with: () => log,
      };
      const started = startSink(['a', '!'], { 'errors.tolerance': 'all', ...config }, undefined, { log });
      await started.clock.until(() => started.rig.kafka.committed.get('t-0') === 2n);
      await stop(started);
      return lines;
    };
    expect(await logged({})).toEqual([]);
    const said = {
      message: 'Error encountered in task.',
      stage: 'VALUE_CONVERTER',
      className: 'test.TextConverter',
      error: 'Value cannot be read.',
    };
    const [short] = await logged({ 'errors.log.enable': 'true' });
    expect(short).toMatchObject(said);
    expect(short).not.toHaveProperty('offset');
    const [long] = await logged({ 'errors.log.enable': 'true', 'errors.log.include.messages': 'true' });
    expect(long).toMatchObject({ ...said, topic: 't', partition: 0, offset: '1' });
  });

  test('that the sink itself gives back are put into the queue at stage TASK_PUT', async () => {
    const started = startSink(['a', 'bad', 'b'], queue, (rig) => {
      rig.sink.report = async (context, record) => {
        if (record.value !== 'bad') return false;
        await context.reportRecord(record, new RecordError('sql.value_too_long', 'Value does not fit.'));
        return true;
      };
    });
    await started.clock.until(() => started.rig.kafka.committed.get('t-0') === 3n);
    expect([...started.rig.sink.durable.values()]).toEqual(['a', 'b']);
    const stage = started.rig.kafka.log[0]?.headers.find(({ key }) => key === '__connect.errors.stage')?.value;
    expect(Buffer.from(stage ?? []).toString()).toBe('TASK_PUT');
    await stop(started);
  });
});

describe('A put that is refused for a record', () => {
  const isBad = (value: unknown): boolean => String(value).startsWith('bad');

  /** Refuses a batch that has a bad record in it, without saying which. */
  const refuseBad = (rig: TaskRig): void => {
    rig.sink.failures.put = (records) => {
      if (records.some(({ value }) => isBad(value))) throw new RecordError('test.refused', 'One of them does not fit.');
    };
  };
  const queue = { 'errors.tolerance': 'all', 'errors.deadletterqueue.topic.name': 'dead' };

  test('is made again in halves until that record is alone, which is a dead letter; order is kept', async () => {
    const values = ['a', 'b', 'bad', 'c', 'd', 'e', 'f', 'g'];
    const { rig, clock } = startSink(values, queue, refuseBad);
    await clock.until(() => rig.kafka.committed.get('t-0') === 8n);
    expect(rig.sink.puts).toEqual([values, values.slice(0, 4), ['a', 'b'], ['bad', 'c'], ['bad'], ['c'], ['d', 'e', 'f', 'g']]);
    expect(rig.kafka.log.map(textOf)).toEqual(['bad']);
    expect([...rig.sink.durable.values()]).toEqual(values.filter((value) => !isBad(value)));
    expect(rig.counters.get(`${METRICS}total_records_skipped`)).toBe(1);
    expect(rig.counters.get('kafka_connect_sink_task_metrics_sink_record_send_total')).toBe(7);
    await stop({ rig });
  });

  test('fails the task under errors.tolerance=none, which names the record and has sent it to the queue', async () => {
    const { rig } = startSink(['a', 'b', 'bad', 'c'], { ...queue, 'errors.tolerance': 'none' }, refuseBad);
    await rig.ended;
    expect(rig.failure?.message).toContain('a record (topic t, partition 0, offset 2) failed at stage TASK_PUT');
    expect(rig.kafka.log.map(textOf)).toEqual(['bad']);
    expect(rig.kafka.committed.size).toBe(0);
  });

  test('skips the bad ones and nothing else, wherever they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }), async (areBad) => {
        const values = areBad.map((bad, index) => `${bad ? 'bad' : 'good'}${String(index)}`);
        const { rig, clock } = startSink(values, { ...queue, 'consumer.override.max.poll.records': '7' }, refuseBad);
        await clock.until(() => rig.kafka.committed.get('t-0') === BigInt(values.length));
        expect([...rig.sink.durable.values()]).toEqual(values.filter((value) => !isBad(value)));
        expect(rig.kafka.log.map(textOf)).toEqual(values.filter(isBad));
        await stop({ rig });
      }),
      { numRuns: 30 },
    );
  });
});

describe('A put that is to come again', () => {
  const away = (): never => {
    throw new RetriableError('target.away', 'Target is away.');
  };

  test('does so for errors.retry.timeout at the pace of errors.retry.delay.max.ms, without anything being opened anew', async () => {
    const retrying = { 'errors.retry.timeout': '60000', 'errors.retry.delay.max.ms': '500' };
    const { rig, clock } = startSink(['a'], retrying, (made) => {
      made.sink.failures.put = away;
    });
    await clock.advance(58_000);
    expect(rig.sink.puts.length).toBeGreaterThan(110);
    expect(rig.counters.get(`${METRICS}total_retries`)).toBe(rig.sink.puts.length);
    expect(rig.kafka.opened.filter((name) => name === 'reader')).toHaveLength(1);
    await clock.until(() => rig.kafka.opened.filter((name) => name === 'reader').length > 1, 60_000, 500);
    await stop({ rig });
  });
});

describe('A sink task that steers its reading', () => {
  test('gets no records of a partition that it has paused, until it resumes it', async () => {
    const { rig, clock } = startSink(
      [],
      {},
      (made) => {
        made.kafka.produce('t', 0, 'k', 'wait');
        made.kafka.produce('t', 1, 'k', 'go');
        made.sink.report = ({ flow }, { value }) => {
          if (value === 'wait') flow.pause([{ topic: 't', partition: 0 }]);
          if (value === 'resume') flow.resume([{ topic: 't', partition: 0 }]);
          return Promise.resolve(false);
        };
      },
      {
        partitions: [
          { topic: 't', partition: 0 },
          { topic: 't', partition: 1 },
        ],
      },
    );
    await clock.until(() => putValues(rig).length === 2);
    rig.kafka.produce('t', 0, 'k', 'held');
    rig.kafka.produce('t', 1, 'k', 'on');
    await clock.advance(3_000);
    expect(putValues(rig)).toEqual(['wait', 'go', 'on']);
    expect(rig.kafka.committed.get('t-0')).toBe(1n);
    rig.kafka.produce('t', 1, 'k', 'resume');
    await clock.until(() => putValues(rig).at(-1) === 'held');
    await stop({ rig });
  });

  test('gets them again from where it rewinds to, and no offset behind that is committed', async () => {
    let rewinds = 1;
    const { rig, clock } = startSink(['a', 'b', 'c'], {}, (made) => {
      made.sink.report = ({ flow }, { value }) => {
        if (value === 'c' && rewinds > 0) {
          rewinds -= 1;
          flow.rewind({ topic: 't', partition: 0, offset: 1n });
        }
        return Promise.resolve(false);
      };
    });
    await clock.until(() => rig.kafka.committed.get('t-0') === 3n);
    expect(putValues(rig)).toEqual(['a', 'b', 'c', 'b', 'c']);
    await stop({ rig });
  });

  test('has its offsets committed at once when it asks for that', async () => {
    const { rig, clock } = startSink(['a'], { 'offset.flush.interval.ms': '3600000' }, (made) => {
      made.sink.report = ({ flow }) => {
        flow.requestCommit();
        return Promise.resolve(false);
      };
    });
    await clock.until(() => rig.kafka.committed.get('t-0') === 1n);
    await stop({ rig });
  });
});

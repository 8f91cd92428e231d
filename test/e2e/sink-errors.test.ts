import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorHeader, LoneWorker, textsOf } from '../support/lone-worker.ts';
import { unique } from '../support/product.ts';
import { until } from '../support/wait.ts';

const ERRORS = 'kafka_connect_task_error_metrics_';

describe('a sink that cannot apply what it is given', () => {
  let lone: LoneWorker;

  beforeAll(async () => {
    lone = await LoneWorker.start({ 'task.retry.timeout.ms': '8000' });
  }, 240_000);

  afterAll(() => lone[Symbol.asyncDispose]());

  interface Sink {
    readonly name: string;
    readonly topic: string;
    readonly queue: string;
    lines(): Promise<readonly string[]>;
  }

  /** A fussy sink over these values, all of which are there before it starts. */
  const startSink = async (values: readonly string[], config: Readonly<Record<string, string>>): Promise<Sink> => {
    const name = unique('fussy');
    const [topic, queue, file] = [`${name}-in`, `${name}-errors`, join(lone.folder, name)];
    await lone.produce(topic, values);
    await lone.worker.rest.create(name, {
      ...{ 'connector.class': 'org.example.FussySinkConnector', file, topics: topic },
      ...{ 'errors.deadletterqueue.topic.name': queue, 'errors.deadletterqueue.topic.replication.factor': '1' },
      ...config,
    });
    return { name, topic, queue, lines: async () => (await readFile(file, 'utf8').catch(() => '')).split('\n').slice(0, -1) };
  };

  const values = Array.from({ length: 40 }, (_, index) => (index % 13 === 5 ? `poison ${String(index)}` : `good ${String(index)}`));
  const good = values.filter((value) => value.startsWith('good'));
  const bad = values.filter((value) => value.startsWith('poison'));

  test('errors.tolerance=all: the records to blame are dead letters, each alone, and all others are applied once and in order', async () => {
    const sink = await startSink(values, { 'errors.tolerance': 'all', 'errors.deadletterqueue.context.headers.enable': 'true' });
    const letters = await lone.messages(sink.queue, bad.length);
    expect(textsOf(letters)).toEqual(bad);
    expect(
      ['topic', 'partition', 'offset', 'connector.name', 'task.id', 'stage', 'class.name', 'exception.class.name', 'exception.message'].map(
        (name) => errorHeader(letters[0], name),
      ),
    ).toEqual([
      ...[sink.topic, '0', '5', sink.name, '0', 'TASK_PUT', 'org.apache.kafka.connect.sink.SinkTask'],
      ...['org.apache.kafka.connect.errors.DataException', 'The target refuses a record.'],
    ]);
    await until('the others are applied', async () => (await sink.lines()).length >= good.length, { withinMs: 30_000 });
    expect(await sink.lines()).toEqual(good);
    await until('they are counted', async () => (await lone.metric(`${ERRORS}total_records_skipped`, sink.name)) === bad.length, {
      withinMs: 30_000,
    });
    expect(await lone.metric(`${ERRORS}total_record_failures`, sink.name)).toBe(bad.length);
    expect(await lone.metric(`${ERRORS}deadletterqueue_produce_requests`, sink.name)).toBe(bad.length);
    expect((await lone.worker.rest.running(sink.name)).tasks[0]?.state).toBe('RUNNING');
  });

  test('I2: a task that is started anew marks the queue before it has a letter: its former owner writes none any more', async () => {
    const sink = await startSink(['poison', 'good'], { 'errors.tolerance': 'all' });
    await lone.messages(sink.queue, 1);
    const end = await lone.endOf(sink.queue);
    await lone.worker.rest.call('POST', `/connectors/${sink.name}/tasks/0/restart`);
    await until('the marker is there', async () => (await lone.endOf(sink.queue)) === end + 1, { withinMs: 30_000 });
    expect(textsOf(await lone.messages(sink.queue, 1))).toEqual(['poison']);
  });

  test('errors.tolerance=none: the task fails and names the record, which is in the queue; without the option no header says why', async () => {
    const sink = await startSink(values, {});
    expect(await lone.worker.rest.failed(sink.name)).toContain(
      `a record (topic ${sink.topic}, partition 0, offset 5) failed at stage TASK_PUT`,
    );
    const letters = await lone.messages(sink.queue, 1);
    expect(textsOf(letters)).toEqual(bad.slice(0, 1));
    expect(Object.keys(letters[0]?.headers ?? {})).toEqual([]);
    expect(await sink.lines()).toEqual(good.slice(0, 5));
  });

  test('errors.retry.timeout and errors.retry.delay.max.ms: a target that is away is asked again for longer than a task may be without progress', async () => {
    const patient = await startSink(['one'], { 'errors.retry.timeout': '-1', 'errors.retry.delay.max.ms': '250', 'away.puts': '60' });
    const hasty = await startSink(['one'], { 'away.puts': '60' });
    expect(await lone.worker.rest.failed(hasty.name)).toContain('made no progress for 8 s');
    await until('the target is back', async () => (await patient.lines()).length > 0, { withinMs: 60_000 });
    await until('all retries are counted', async () => (await lone.metric(`${ERRORS}total_retries`, patient.name)) === 60, {
      withinMs: 30_000,
    });
    expect(await hasty.lines()).toEqual([]);
  });

  test('headrace.restart.on starts a failed task again, headrace.restart.max times', async () => {
    const sink = await startSink(['poison'], {
      ...{ 'headrace.restart.on': 'task.tolerance_exceeded', 'headrace.restart.max': '2', 'headrace.restart.backoff.ms': '200' },
    });
    // Each start reads the record, and sends it to the queue, once more.
    expect(textsOf(await lone.messages(sink.queue, 3))).toEqual(['poison', 'poison', 'poison']);
    expect(await lone.worker.rest.failed(sink.name)).not.toContain('Starts again by itself');
    expect(await lone.messages(sink.queue, 3)).toHaveLength(3);
  });

  test('a sink that pauses a partition gets nothing more of it, and what it has got is committed', async () => {
    const sink = await startSink(['a', 'pause'], {});
    await until('the sink has paused', async () => (await sink.lines()).includes('pause'), { withinMs: 60_000 });
    await lone.produce(sink.topic, ['later']);
    const committed = async (): Promise<string> =>
      JSON.stringify((await lone.worker.rest.call('GET', `/connectors/${sink.name}/offsets`)).body);
    await until('its offset is committed', async () => (await committed()).includes('"kafka_offset":2'), { withinMs: 30_000 });
    // A commit interval has passed since: what is not paused would have come.
    expect(await sink.lines()).toEqual(['a', 'pause']);
    await lone.worker.rest.call('POST', `/connectors/${sink.name}/restart?includeTasks=true`);
    await until('a new task reads on', async () => (await sink.lines()).includes('later'), { withinMs: 30_000 });
  });
});

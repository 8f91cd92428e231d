import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorHeader, LoneWorker, textsOf } from '../support/lone-worker.ts';
import { unique } from '../support/product.ts';
import { until } from '../support/wait.ts';

const ERRORS = 'kafka_connect_task_error_metrics_';

describe('a source whose records cannot all be transformed', () => {
  let lone: LoneWorker;

  beforeAll(async () => {
    lone = await LoneWorker.start();
  }, 240_000);

  afterAll(() => lone[Symbol.asyncDispose]());

  const lines = Array.from({ length: 30 }, (_, index) => (index % 10 === 4 ? `word ${String(index)}` : String(index)));
  const numbers = lines.filter((line) => !line.startsWith('word'));
  const words = lines.filter((line) => line.startsWith('word'));

  /** Every line is to become a number. */
  const startSource = async (
    config: Readonly<Record<string, string>>,
  ): Promise<{ readonly name: string; readonly topic: string; readonly queue: string }> => {
    const name = unique('numbers');
    const [topic, queue, file] = [`${name}-out`, `${name}-errors`, join(lone.folder, name)];
    await writeFile(file, `${lines.join('\n')}\n`);
    await lone.worker.rest.create(name, {
      ...{ 'connector.class': 'FileStreamSource', file, topic, 'batch.size': '7', transforms: 'number' },
      ...{ 'transforms.number.type': 'org.apache.kafka.connect.transforms.Cast$Value', 'transforms.number.spec': 'int32' },
      ...{ 'errors.deadletterqueue.topic.name': queue, 'errors.deadletterqueue.topic.replication.factor': '1' },
      ...config,
    });
    return { name, topic, queue };
  };

  test('errors.tolerance=all: those that cannot are in the queue with the reason, the others in their topic, each once', async () => {
    const { name, topic, queue } = await startSource({
      'errors.tolerance': 'all',
      'errors.deadletterqueue.context.headers.enable': 'true',
    });
    expect(textsOf(await lone.messages(topic, numbers.length))).toEqual(numbers);
    const letters = await lone.messages(queue, words.length);
    expect(textsOf(letters).map((text) => JSON.parse(text) as unknown)).toEqual(words);
    expect(
      ['topic', 'connector.name', 'task.id', 'stage', 'class.name', 'exception.class.name'].map((header) =>
        errorHeader(letters[0], header),
      ),
    ).toEqual([
      ...[topic, name, '0', 'TRANSFORMATION', 'org.apache.kafka.connect.transforms.Cast$Value'],
      'org.apache.kafka.connect.errors.DataException',
    ]);
    await until('they are counted', async () => (await lone.metric(`${ERRORS}total_records_skipped`, name)) === words.length, {
      withinMs: 30_000,
    });
    await lone.worker.rest.running(name);
  });

  test('errors.tolerance=none: the task fails at the first, which is in the queue; what came before it is in the topic', async () => {
    const { name, topic, queue } = await startSource({ 'batch.size': '4' });
    expect(await lone.worker.rest.failed(name)).toContain('failed at stage TRANSFORMATION');
    expect(textsOf(await lone.messages(topic, 4))).toEqual(lines.slice(0, 4));
    const letters = await lone.messages(queue, 1);
    expect(textsOf(letters)).toEqual([JSON.stringify(words[0])]);
    expect(Object.keys(letters[0]?.headers ?? {})).toEqual([]);
  });
});

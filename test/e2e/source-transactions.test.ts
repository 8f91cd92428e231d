import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LoneWorker, textsOf } from '../support/lone-worker.ts';
import { unique } from '../support/product.ts';
import { until } from '../support/wait.ts';

const dealing = 'org.example.DealingSourceConnector';
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('transaction.boundary of a source', () => {
  let lone: LoneWorker;

  beforeAll(async () => {
    lone = await LoneWorker.start();
  }, 240_000);

  afterAll(() => lone[Symbol.asyncDispose]());

  const start = async (config: Readonly<Record<string, string>>): Promise<{ readonly name: string; readonly topic: string }> => {
    const name = unique('deals');
    await lone.worker.rest.create(name, { 'connector.class': dealing, topic: name, ...config });
    return { name, topic: name };
  };

  const stored = async (name: string, position: string): Promise<void> => {
    const look = async (): Promise<boolean> =>
      JSON.stringify((await lone.worker.rest.call('GET', `/connectors/${name}/offsets`)).body).includes(position);
    await until(`position ${position} of ${name} is stored`, look, { withinMs: 60_000 });
  };

  test('connector: only what the source commits is ever in Kafka, and after a restart it goes on behind that', async () => {
    // Deals of 5, every third aborted, and two numbers of a seventh that it never ends.
    const { name, topic } = await start({ 'transaction.boundary': 'connector', deal: '5', count: '32' });
    const committed = upTo(30).filter((number) => ![3, 6].includes(Math.ceil(number / 5)));
    await stored(name, '"last":30');
    expect(textsOf(await lone.messages(topic, committed.length)).map(Number)).toEqual(committed);
    await lone.worker.rest.call('PUT', `/connectors/${name}/config`, {
      ...{ 'connector.class': dealing, topic, 'transaction.boundary': 'connector', deal: '5', count: '35' },
    });
    await stored(name, '"last":35');
    expect(textsOf(await lone.messages(topic, committed.length + 5)).map(Number)).toEqual([...committed, ...upTo(35).slice(30)]);
  });

  test('poll: what the source says of transactions is not asked for', async () => {
    const { name, topic } = await start({ deal: '5', count: '32' });
    await stored(name, '"last":32');
    expect(textsOf(await lone.messages(topic, 32)).map(Number)).toEqual(upTo(32));
  });

  test('connector is refused where the source has no transactions', async () => {
    const refused = async (config: Readonly<Record<string, string>>): Promise<unknown> =>
      (
        await lone.worker.rest.call('POST', '/connectors', {
          name: unique('refused'),
          config: { topic: 't', 'transaction.boundary': 'connector', ...config },
        })
      ).body;
    for (const config of [
      { 'connector.class': dealing, count: '1' },
      { 'connector.class': 'FileStreamSource', file: 'x' },
    ] as const) {
      expect(await refused(config)).toMatchObject({ error_code: 400, message: expect.stringContaining('transaction.boundary') as unknown });
    }
  });

  test('interval: records become visible transaction.boundary.interval.ms apart', async () => {
    const name = unique('apart');
    const file = join(lone.folder, name);
    await writeFile(file, 'one\n');
    await lone.worker.rest.create(name, {
      ...{ 'connector.class': 'FileStreamSource', file, topic: name },
      ...{ 'transaction.boundary': 'interval', 'transaction.boundary.interval.ms': '6000' },
    });
    // A position is stored with its record.
    await stored(name, '"position":4');
    const firstAt = performance.now();
    await appendFile(file, 'two\n');
    await stored(name, '"position":8');
    // The first was looked at some time after it was committed.
    expect(performance.now() - firstAt).toBeGreaterThan(3_000);
    expect(textsOf(await lone.messages(name, 2))).toEqual(['one', 'two']);
  });
});

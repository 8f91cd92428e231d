import type { JsonMap, SourceRecord, SourceTaskContext, Struct } from '@headrace/connector-api';
import { silentLogger, silentMeter } from '@headrace/foundation';
import { asObject, VirtualClock } from '@headrace/testkit';
import { describe, expect, test } from '@jest/globals';
import { datagenSource } from './connector.ts';

const { signal } = new AbortController();
const topic = { 'kafka.topic': 't' };
const schema = JSON.stringify({
  type: 'record',
  name: 'R',
  fields: [
    { name: 'id', type: { type: 'int', 'arg.properties': { iteration: { start: 5, step: 2, restart: 9 } } } },
    {
      name: 'k',
      type: { type: 'string', 'arg.properties': { options: Array.from({ length: 100 }, (_item, index) => `k${String(index)}`) } },
    },
    { name: 'n', type: { type: 'long', 'arg.properties': { range: { min: 10, max: 20 } } } },
    { name: 's', type: { type: 'string', 'arg.properties': { length: 4 } } },
    { name: 'b', type: { type: 'boolean', 'arg.properties': { odds: 1 } } },
    { name: 'a', type: { type: 'array', items: 'double', 'arg.properties': { length: 2 } } },
  ],
});

interface Run {
  readonly records: readonly SourceRecord[];
  readonly offset: JsonMap | null;
  readonly elapsedMs: number;
}

/** Polls a task until it has made so many records or time is over. */
const run = async (raw: Record<string, string>, count: number, stored: JsonMap | null = null): Promise<Run> => {
  const clock = new VirtualClock();
  const context: SourceTaskContext = {
    id: { connector: 'd', task: 1 },
    clusterId: 'c',
    epoch: { incarnation: 1, revision: 1n },
    log: silentLogger,
    meter: silentMeter,
    clock,
    settings: {},
    readTopic: () => Promise.reject(new Error('No topic is read.')),
    confirmOwnership: () => Promise.resolve(true),
    position: () => Promise.resolve(stored),
  };
  const { values, problems } = datagenSource.config.parse({ ...topic, ...raw });
  expect(problems).toEqual([]);
  await using task = datagenSource.createTask(values, context);
  await task.start(signal);
  const startedAt = clock.monotonic();
  const records: SourceRecord[] = [];
  let offset: JsonMap | null = null;
  for (let polls = 0; records.length < count && polls < 200; polls += 1) {
    const polled = task.poll(signal);
    while (clock.sleeperCount > 0) await clock.advance(10);
    const batch = await polled;
    records.push(...(batch?.records ?? []).map(asObject));
    offset = batch?.positions[0]?.offset ?? offset;
  }
  return { records, offset, elapsedMs: clock.monotonic() - startedAt };
};

const objects = ({ records }: Run): readonly Record<string, unknown>[] => records.map(({ value }) => (value as Struct).toObject());
const fast = { 'max.interval': '0', 'random.seed': '7', 'schema.string': schema };

describe('Generated data', () => {
  test('follows the properties of each field', async () => {
    const made = objects(await run(fast, 3));
    expect(made.slice(0, 3).map(({ id }) => id)).toEqual([5, 7, 5]);
    for (const { n, s, b, a } of made) {
      expect(n).toBeGreaterThanOrEqual(10);
      expect(n).toBeLessThan(20);
      expect(s).toMatch(/^[a-z]{4}$/);
      expect([b, (a as unknown[]).length]).toEqual([true, 2]);
    }
  });

  test('is the same for the same seed, another for another, and goes on after a restart', async () => {
    const first = await run({ ...fast, iterations: '20' }, 20);
    expect(objects(await run({ ...fast, iterations: '20' }, 20))).toEqual(objects(first));
    expect(objects(await run({ ...fast, 'random.seed': '8', iterations: '20' }, 20))).not.toEqual(objects(first));
    const resumed = await run({ ...fast, iterations: '20' }, 20, { 'current.iteration': 15, 'random.seed': 7 });
    expect(objects(resumed)).toEqual(objects(first).slice(15));
  });

  test('iterations ends it', async () => {
    const made = await run({ ...fast, iterations: '3' }, 10);
    expect(made.records).toHaveLength(3);
    expect(made.offset).toEqual({ 'current.iteration': 3, 'random.seed': 7 });
  });

  test('rate.per.second and max.interval set the pace', async () => {
    const steady = await run({ quickstart: 'users', 'rate.per.second': '50' }, 100);
    expect(steady.records.length / steady.elapsedMs).toBeCloseTo(0.05, 2);
    const byChance = await run({ quickstart: 'users', 'max.interval': '100' }, 100);
    expect(byChance.records.length / byChance.elapsedMs).toBeGreaterThan(0.01);
    expect(byChance.records.length / byChance.elapsedMs).toBeLessThan(0.04);
  });

  test('schema.keyfield makes the key, and key.skew favours the first of them', async () => {
    const share = async (skew: string): Promise<number> => {
      const { records } = await run({ ...fast, 'schema.keyfield': 'k', 'key.skew': skew }, 2_000);
      return records.filter(({ key }) => /^k\d$/.test(String(key))).length / records.length;
    };
    expect(await share('0')).toBeCloseTo(0.1, 1);
    expect(await share('1')).toBeGreaterThan(0.25);
    expect((await run(fast, 1)).records[0]?.key).toBeNull();
    expect((await run({ quickstart: 'users', 'max.interval': '0' }, 1)).records[0]?.key).toMatch(/^User_/);
  });

  test.each([
    [{}, 'Give either quickstart or schema.string'],
    [{ quickstart: 'users', 'schema.string': schema }, 'Give either'],
    [{ 'schema.string': '{' }, 'Not a schema'],
    [
      { 'schema.string': '{"type":"record","name":"R","fields":[{"name":"x","type":{"type":"int","arg.properties":{"regex":"a"}}}]}' },
      'has regex',
    ],
    [{ 'schema.string': schema, 'schema.keyfield': 'zz' }, 'no field "zz"'],
  ])('%p is refused: %s', (raw, reason) => {
    const { values } = datagenSource.config.parse({ ...topic, ...raw });
    expect(datagenSource.validate?.(values, {}).map(({ message }) => message)).toEqual([expect.stringContaining(reason)]);
  });

  test('every task of tasks.max makes its own', () => {
    expect(datagenSource.planTasks({ a: 'b' }, 3)).toHaveLength(3);
  });
});

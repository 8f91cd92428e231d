import { arrayOf, bytesOfUnscaled, decimalSchema, int64, mapOf, primitive, type Schema, type SinkRecord } from '@headrace/connector-api';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TableEvents, type Row } from './support/records.ts';
import { contentOf, createMariadbTarget, createPostgresTarget, type TargetDatabase } from './support/targets.ts';
import { startTask, type TestTask } from './support/tasks.ts';

const PLACEHOLDER = '__debezium_unavailable_value';
const MICROS = 'io.debezium.time.MicroTimestamp';

const optional = (type: Parameters<typeof primitive>[0], name?: string): Schema =>
  primitive(type, { isOptional: true, ...(name === undefined ? {} : { name, version: 1 }) });
const text = fc.string({ unit: 'binary', maxLength: 80 }).filter((value) => !value.includes('\0'));
const rarely = <T>(arbitrary: fc.Arbitrary<T>, value: T): fc.Arbitrary<T> =>
  fc.oneof({ weight: 50, arbitrary }, { weight: 1, arbitrary: fc.constant(value) });
const isoDate = fc
  .date({ min: new Date('1700-01-01'), max: new Date('2300-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());

/** Each a column, with values that have a binary form, values that have none, and what stands for a value that was not sent. */
const columns: readonly (readonly [name: string, schema: Schema, values: fc.Arbitrary<unknown>])[] = [
  ['small', optional('int16'), fc.integer({ min: -32_768, max: 32_767 })],
  ['middle', optional('int32'), fc.integer()],
  ['large', optional('int64'), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(int64)],
  ['single', optional('float32'), fc.float()],
  ['double', optional('float64'), fc.double()],
  ['flag', optional('boolean'), fc.boolean()],
  ['note', optional('string'), rarely(text, PLACEHOLDER)],
  ['bytes', optional('bytes'), fc.uint8Array({ maxLength: 40 })],
  [
    'amount',
    decimalSchema(2, { isOptional: true }),
    fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).map((value) => bytesOfUnscaled(value)),
  ],
  ['day', optional('int32', 'io.debezium.time.Date'), fc.integer({ min: -700_000, max: 700_000 })],
  ['moment', optional('int64', MICROS), rarely(fc.integer({ min: -(2 ** 50), max: 2 ** 50 }), 9_000_000_000_000_000)],
  ['zoned', optional('string', 'io.debezium.time.ZonedTimestamp'), isoDate],
  ['uuid', optional('string', 'io.debezium.data.Uuid'), fc.uuid()],
  ['document', optional('string', 'io.debezium.data.Json'), fc.json()],
  ['words', arrayOf(optional('string'), { isOptional: true }), fc.array(fc.option(text), { maxLength: 3 })],
  [
    'pairs',
    mapOf(primitive('string'), optional('string'), { isOptional: true }),
    fc.dictionary(text, text, { maxKeys: 3 }).map((pairs) => new Map(Object.entries(pairs))),
  ],
];

interface TableChange {
  readonly kind: 'create' | 'update' | 'delete' | 'tombstone' | 'truncate';
  readonly id: number;
  readonly row: Row;
}

const rows = fc.record(Object.fromEntries(columns.map(([name, , values]) => [name, fc.option(values)]))) as fc.Arbitrary<Row>;
const changes = fc.oneof(
  { weight: 80, arbitrary: fc.record({ kind: fc.constantFrom('create', 'update'), id: fc.integer({ min: 1, max: 6 }), row: rows }) },
  {
    weight: 30,
    arbitrary: fc.record({ kind: fc.constantFrom('delete', 'tombstone'), id: fc.integer({ min: 1, max: 6 }), row: fc.constant({}) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('truncate'), id: fc.constant(0), row: fc.constant({}) }) },
) as fc.Arbitrary<TableChange>;

const eventsOf = (topic: string): TableEvents =>
  new TableEvents({
    topic,
    key: ['id'],
    columns: [['id', primitive('int32')], ...columns.map(([name, schema]) => [name, schema] as const)],
  });

const eventOf = (events: TableEvents, { kind, id, row }: TableChange): SinkRecord => {
  switch (kind) {
    case 'create':
    case 'update':
      return events[kind]({ ...row, id });
    case 'truncate':
      return events.truncate();
    case 'delete':
    case 'tombstone':
      return events[kind]({ id });
  }
};

/** Tables, and what deletes and tombstones are, are learned from objects. */
const learn = async (task: TestTask, events: TableEvents): Promise<void> => {
  for (const record of [events.create({ id: 1 }), events.delete({ id: 1 }), events.tombstone({ id: 1 })]) await task.put(record);
  task.encoded.decoded = 0;
};

describe.each([
  ['PostgreSQL', createPostgresTarget],
  ['MariaDB', createMariadbTarget],
] as const)('rows without objects in %s', (_, create) => {
  let asObjects: TargetDatabase;
  let asColumns: TargetDatabase;
  beforeAll(async () => {
    [asObjects, asColumns] = await Promise.all([create(), create(true)]);
  });
  afterAll(() => Promise.all([asObjects.drop(), asColumns.drop()]));

  test('rows that are never objects leave the same in the target as rows that are', async () => {
    const topic = 'either';
    await using objects = await startTask(asObjects, { topics: [topic] });
    await using read = await startTask(asColumns, { topics: [topic] });
    const events = { objects: eventsOf(topic), read: eventsOf(topic) };
    await learn(objects, events.objects);
    await learn(read, events.read);
    let batches = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(changes, { minLength: 1, maxLength: 12 }), async (batch) => {
        batches += 1;
        // In the parts in which `put` gives encoded ones: a row sent in part must be there before its batch.
        const [first, ...others] = batch.map((change) => eventOf(events.objects, change));
        if (first !== undefined) await objects.put(first);
        await objects.put(...others);
        await read.put(...batch.map((change) => eventOf(events.read, change)));
        expect(await contentOf(asColumns, topic)).toEqual(await contentOf(asObjects, topic));
        expect(read.reported.map(({ error }) => error.message)).toEqual(objects.reported.map(({ error }) => error.message));
      }),
      { numRuns: 100 },
    );
    // Of the two parts of each batch; these hold a truncate, a value without binary form, or a part of a row.
    expect(read.encoded.decoded).toBeLessThan(batches);
  });

  test('rows, changes of the same rows, deletes and tombstones of known tables need no object', async () => {
    const topic = 'known';
    await using task = await startTask(asColumns, { topics: [topic] });
    const events = eventsOf(topic);
    await learn(task, events);
    expect(task.task.lane).toBe('fused');
    await task.put(
      events.create({ id: 1, note: 'a' }),
      events.create({ id: 2, note: 'b' }),
      events.update({ id: 1, note: 'c', middle: 7 }),
      events.delete({ id: 2 }),
      events.tombstone({ id: 2 }),
      events.create({ id: 3, note: 'd' }),
      events.delete({ id: 3 }),
      events.create({ id: 3, note: 'e' }),
    );
    expect(task.encoded.decoded).toBe(0);
    const content = await asColumns.rows(`SELECT id, note, middle FROM ${topic} ORDER BY id`);
    expect(content).toEqual([
      { id: '1', note: 'c', middle: '7' },
      { id: '3', note: 'e', middle: null },
    ]);
  });

  test('a table that learns of a new column meanwhile takes the rows of either schema', async () => {
    const topic = 'widened';
    await using task = await startTask(asColumns, { topics: [topic] });
    const events = eventsOf(topic);
    await learn(task, events);
    const wider = new TableEvents(
      { topic, key: ['id'], columns: [...events.spec.columns, ['more', optional('string')]] },
      events.nextOffset,
    );
    await task.put(wider.create({ id: 1, more: 'x' }), wider.create({ id: 2, more: 'y' }));
    expect(await asColumns.rows(`SELECT id, more FROM ${topic} ORDER BY id`)).toEqual([
      { id: '1', more: 'x' },
      { id: '2', more: 'y' },
    ]);
  });
});

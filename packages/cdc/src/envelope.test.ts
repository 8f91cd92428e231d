import { describe, expect, test } from '@jest/globals';
import { primitive, Struct, type SourceRecord } from '@headrace/connector-api';
import { Envelope, type EnvelopeOptions, type EventMeta } from './envelope.ts';
import { eventTime } from './event/event-time.ts';
import { sourceBlockSchema } from './event/source-block.ts';
import type { TableSchema } from './table-schema.ts';

const source = sourceBlockSchema('test.Source', []);
const options: EnvelopeOptions = {
  source,
  headers: [{ key: '__debezium.context.taskId', schema: primitive('string'), value: '0' }],
  skippedOperations: new Set(['t']),
  hasTombstones: true,
  skipsUnchanged: false,
  keyChange: 'delete-and-create',
  schemaNameAdjustment: 'none',
  fieldNameAdjustment: 'none',
};
const table: TableSchema = {
  schema: 'public',
  name: 't',
  columns: [
    { name: 'id', schema: primitive('int32', { defaultValue: 0 }) },
    { name: 'note', schema: primitive('string', { isOptional: true }) },
  ],
  key: ['id'],
};
const meta: EventMeta = { source: new Struct(source, []), transaction: null, time: eventTime(1_700_000_000_000_001) };

const run = (change: (envelope: Envelope, batch: SourceRecord[]) => void, changed: Partial<EnvelopeOptions> = {}): SourceRecord[] => {
  const batch: SourceRecord[] = [];
  change(new Envelope(table, 'd.public.t', { ...options, ...changed }), batch);
  return batch;
};

const summary = (records: readonly SourceRecord[]): unknown[] =>
  records.map((record) => [
    (record.key as Struct | null)?.values ?? null,
    (record.value as Struct | null)?.get('op') ?? null,
    record.headers.map((header) => header.key),
  ]);

const context = '__debezium.context.taskId';

describe('envelope', () => {
  test('fields stand in the order of Debezium, transaction before op, and versions are 2 and none', () => {
    const { schemas } = new Envelope(table, 'd.public.t', options);
    expect(schemas.envelope.fields.map((field) => field.name)).toEqual([
      'before',
      'after',
      'source',
      'transaction',
      'op',
      'ts_ms',
      'ts_us',
      'ts_ns',
    ]);
    expect(schemas.envelope).toMatchObject({ name: 'd.public.t.Envelope', version: 2, isOptional: false });
    expect(schemas.row).toMatchObject({ name: 'd.public.t.Value', isOptional: true });
    expect(schemas.row.version).toBeUndefined();
    expect(schemas.key).toMatchObject({ name: 'd.public.t.Key' });
    expect(schemas.key?.fields[0]?.schema.defaultValue).toBe(0);
  });

  test('a create carries the row after and the time in three units', () => {
    const [record] = run((envelope, batch) => envelope.create(batch, [1, 'x'], meta));
    expect((record?.value as Struct).toObject()).toMatchObject({
      before: null,
      after: { id: 1, note: 'x' },
      op: 'c',
      ts_ms: 1_700_000_000_000,
      ts_us: 1_700_000_000_000_001,
      ts_ns: 1_700_000_000_000_001_000n,
    });
  });

  test('a delete is followed by a tombstone with the same headers', () => {
    expect(summary(run((envelope, batch) => envelope.remove(batch, [1, null], meta)))).toEqual([
      [[1], 'd', [context]],
      [[1], null, [context]],
    ]);
  });

  test('without tombstones a delete is one record', () => {
    expect(run((envelope, batch) => envelope.remove(batch, [1, null], meta), { hasTombstones: false })).toHaveLength(1);
  });

  test('a key change becomes delete, tombstone and create, linked by headers', () => {
    const records = run((envelope, batch) => envelope.update(batch, [1, 'a'], [2, 'a'], meta));
    expect(summary(records)).toEqual([
      [[1], 'd', ['__debezium.newkey', context]],
      [[1], null, ['__debezium.newkey', context]],
      [[2], 'c', ['__debezium.oldkey', context]],
    ]);
    expect((records[0]?.headers[0]?.value as Struct).values).toEqual([2]);
    expect((records[2]?.headers[0]?.value as Struct).values).toEqual([1]);
  });

  test.each([
    ['d', [[[2], 'c', ['__debezium.oldkey', context]]]],
    [
      'c',
      [
        [[1], 'd', ['__debezium.newkey', context]],
        [[1], null, ['__debezium.newkey', context]],
      ],
    ],
  ])('skipping %s drops its half of a key change', (operation, expected) => {
    const records = run((envelope, batch) => envelope.update(batch, [1, 'a'], [2, 'a'], meta), {
      skippedOperations: new Set([operation]),
    });
    expect(summary(records)).toEqual(expected);
  });

  test.each([
    ['u', 0],
    ['c,d', 3],
  ])('where it counts as an update, skipping %s leaves %i records of a key change', (operations, count) => {
    const skippedOperations = new Set(operations.split(','));
    const records = run((envelope, batch) => envelope.update(batch, [1, 'a'], [2, 'a'], meta), { skippedOperations, keyChange: 'update' });
    expect(records).toHaveLength(count);
  });

  test('an update without an old row has before null', () => {
    const [record] = run((envelope, batch) => envelope.update(batch, null, [1, 'b'], meta));
    expect((record?.value as Struct).get('before')).toBeNull();
    expect((record?.value as Struct).get('op')).toBe('u');
  });

  test('updates that change nothing are left out on demand', () => {
    const unchanged = (envelope: Envelope, batch: SourceRecord[]): void => envelope.update(batch, [1, 'b'], [1, 'b'], meta);
    expect(run(unchanged)).toHaveLength(1);
    expect(run(unchanged, { skipsUnchanged: true })).toHaveLength(0);
  });

  test('a truncate has no key, and is skipped by default', () => {
    const truncate = (envelope: Envelope, batch: SourceRecord[]): void => envelope.truncate(batch, meta);
    expect(run(truncate)).toHaveLength(0);
    const [record] = run(truncate, { skippedOperations: new Set() });
    expect(record).toMatchObject({ key: null, keySchema: null });
    expect((record?.value as Struct).get('op')).toBe('t');
  });

  test('a table without key has records without key, tombstones too', () => {
    const batch: SourceRecord[] = [];
    const envelope = new Envelope({ ...table, key: [] }, 'd.public.t', options);
    envelope.remove(batch, [1, 'a'], meta);
    envelope.update(batch, [1, 'a'], [2, 'a'], meta);
    expect(batch.map((record) => [record.keySchema, (record.value as Struct | null)?.get('op')])).toEqual([
      [null, 'd'],
      [null, undefined],
      [null, 'u'],
    ]);
  });
});

import { primitive, Struct, structOf, type SourceRecord, type StructSchema } from '@headrace/connector-api';
import { describe, expect, test } from '@jest/globals';
import { extractNewRecordState } from './extract-new-record-state.ts';

const optional = { isOptional: true } as const;
const text = primitive('string');
const row = structOf(
  [
    ['id', primitive('int32')],
    ['note', primitive('string', { ...optional, defaultValue: 'd' })],
  ],
  { name: 's.t.Value', ...optional },
);
const source = structOf(
  [
    ['table', text],
    ['lsn', primitive('int64', optional)],
  ],
  { name: 'io.debezium.connector.postgresql.Source' },
);
const transaction = structOf(
  [
    ['id', text],
    ['total_order', primitive('int64')],
  ],
  { name: 'event.block', ...optional },
);
const envelope = structOf(
  [
    ['before', row],
    ['after', row],
    ['source', source],
    ['transaction', transaction],
    ['op', text],
    ['ts_ms', primitive('int64', optional)],
  ],
  { name: 's.t.Envelope', version: 2 },
);

const rowOf = (id: number, note: string | null): Struct => new Struct(row, [id, note]);

const event = (op: string, before: Struct | null, after: Struct | null): SourceRecord => ({
  topic: 's.t',
  partition: undefined,
  keySchema: text,
  key: 'k',
  valueSchema: envelope,
  value: new Struct(envelope, [before, after, new Struct(source, ['t', 99]), null, op, 5]),
  headers: [],
  timestamp: undefined,
});

const tombstone: SourceRecord = { ...event('d', null, null), valueSchema: null, value: null };
const unwrap = (raw: Record<string, string> = {}) => extractNewRecordState.create(raw);
const objectOf = (record: SourceRecord | null): unknown => (record?.value as Struct | null | undefined)?.toObject();

describe('Unwrapping a change event', () => {
  test('gives the new row under one schema object, for inserts, updates and snapshot reads', () => {
    const transform = unwrap();
    for (const op of ['c', 'u', 'r']) {
      const record = transform(event(op, null, rowOf(1, null)));
      expect(record?.valueSchema).toEqual({ ...row, isOptional: false });
      expect(transform(event(op, null, rowOf(2, null)))?.valueSchema).toBe(record?.valueSchema);
      expect(objectOf(record)).toEqual({ id: 1, note: null });
    }
  });

  test.each([
    ['drop', undefined, undefined],
    ['tombstone', undefined, null],
    ['rewrite', { id: 1, note: 'x', __deleted: 'true' }, undefined],
    ['rewrite-with-tombstone', { id: 1, note: 'x', __deleted: 'true' }, null],
    ['delete-to-tombstone', null, undefined],
  ])('under %s a delete becomes %p and its tombstone %p', (mode, deleted, after) => {
    const transform = unwrap({ 'delete.tombstone.handling.mode': mode });
    const of = (record: SourceRecord | null): unknown => (record === null ? undefined : record.value === null ? null : objectOf(record));
    expect(of(transform(event('d', rowOf(1, 'x'), null)))).toEqual(deleted);
    expect(of(transform(tombstone))).toEqual(after);
  });

  test('marks rows that are not deleted when deletes are rewritten', () => {
    expect(objectOf(unwrap({ 'delete.tombstone.handling.mode': 'rewrite' })(event('c', null, rowOf(1, 'x'))))).toEqual({
      id: 1,
      note: 'x',
      __deleted: 'false',
    });
  });

  test('adds fields of the envelope, named and typed as Debezium does, with one schema object per row schema', () => {
    const transform = unwrap({ 'add.fields': 'op,table,source.lsn,ts_ms:at,transaction.total_order' });
    const record = transform(event('u', rowOf(1, 'x'), rowOf(1, 'y')));
    expect(objectOf(record)).toEqual({
      id: 1,
      note: 'y',
      __op: 'u',
      __table: 't',
      __source_lsn: 99,
      __at: 5,
      __transaction_total_order: null,
    });
    const schema = record?.valueSchema as StructSchema;
    expect(schema.name).toBe('s.t.Value');
    expect(schema.fields.slice(2).every((field) => field.schema.isOptional)).toBe(true);
    expect(transform(event('c', null, rowOf(2, 'z')))?.valueSchema).toBe(schema);
  });

  test('adds headers, of which a tombstone has the operation only', () => {
    const transform = unwrap({ 'add.headers': 'op,table', 'add.headers.prefix': 'x-' });
    expect(transform(event('c', null, rowOf(1, 'x')))?.headers.map(({ key, value }) => [key, value])).toEqual([
      ['x-op', 'c'],
      ['x-table', 't'],
    ]);
    expect(transform(tombstone)?.headers.map(({ key, value }) => [key, value])).toEqual([['x-op', 'd']]);
  });

  test('routes by a column, and takes defaults for nulls where it is told to', () => {
    expect(unwrap({ 'route.by.field': 'note' })(event('c', null, rowOf(1, 'other')))?.topic).toBe('other');
    expect(objectOf(unwrap({ 'replace.null.with.default': 'true' })(event('c', null, rowOf(1, null))))).toEqual({ id: 1, note: 'd' });
  });

  test('drops truncates, and leaves what is no change event alone', () => {
    expect(unwrap()(event('t', null, null))).toBeNull();
    const other = { ...event('c', null, null), valueSchema: row, value: rowOf(1, 'x') };
    expect(unwrap()(other)).toBe(other);
  });

  test('leaves out a field that the envelope does not have: one list serves connectors of several databases', () => {
    expect(objectOf(unwrap({ 'add.fields': 'nothing,op' })(event('c', null, rowOf(1, 'x'))))).toEqual({ id: 1, note: 'x', __op: 'c' });
  });
});

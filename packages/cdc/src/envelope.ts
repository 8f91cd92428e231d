/**
 * Row + table version -> Debezium change event. One `Envelope` per table version; its methods append the records of one
 * change to a batch:
 *
 *   create, read   c / r with `after`
 *   update         u; when both keys are known and differ: d(old key), tombstone(old key), c(new key)
 *   remove         d with `before`, then a tombstone
 *   truncate       t without key
 */
import { Struct, type Header, type SourceRecord, type StructSchema } from '@headrace/connector-api';
import type { CdcConfig } from './config/cdc-config.ts';
import { envelopeSchemas, type EnvelopeSchemas } from './envelope-schema.ts';
import type { EventTime } from './event/event-time.ts';
import { sameValue, sameValues } from './event/same-value.ts';
import type { TransactionMetadata } from './event/transaction-metadata.ts';
import { tablePath, type TableSchema } from './table-schema.ts';

/** Values of one row, in the order of the table's columns. Belongs to the envelope once it is handed over. */
export type Row = unknown[];

/** What one event says besides its row. The caller may use one object again and again. */
export interface EventMeta {
  source: Struct;
  /** Counts the events of the transaction; null: they do not say which they belong to. */
  transaction: TransactionMetadata | null;
  /** When the event was built, by the connector's clock. */
  time: EventTime;
}

/** Settings all tables of a task share. */
export interface EnvelopeOptions {
  readonly source: StructSchema;
  /** Context headers, the same on every record. */
  readonly headers: readonly Header[];
  readonly skippedOperations: ReadonlySet<string>;
  readonly hasTombstones: boolean;
  readonly skipsUnchanged: boolean;
  /** What a change of the key counts as where operations are skipped: an update, or the deletion and the creation it is told as. */
  readonly keyChange: 'update' | 'delete-and-create';
  readonly schemaNameAdjustment: string;
  readonly fieldNameAdjustment: string;
}

export const envelopeOptions = (config: CdcConfig, source: StructSchema, headers: readonly Header[]): EnvelopeOptions => ({
  source,
  headers,
  skippedOperations: new Set(config['skipped.operations'].split(',').map((item) => item.trim())),
  hasTombstones: config['tombstones.on.delete'],
  skipsUnchanged: config['skip.messages.without.change'],
  keyChange: 'delete-and-create',
  schemaNameAdjustment: config['schema.name.adjustment.mode'],
  fieldNameAdjustment: config['field.name.adjustment.mode'],
});

/** Whether events can be written without the envelope: it alone leaves out skipped operations and changes that change nothing. */
export const isFusable = ({ skipsUnchanged, skippedOperations }: EnvelopeOptions): boolean =>
  !skipsUnchanged && !['c', 'u', 'd'].some((operation) => skippedOperations.has(operation));

const nothingSkipped: ReadonlySet<string> = new Set();

export class Envelope {
  readonly table: TableSchema;
  readonly topic: string;
  readonly schemas: EnvelopeSchemas;
  readonly options: EnvelopeOptions;
  /** What the table is called where events are counted. */
  readonly #collection: string;
  /** Positions of the key columns in a row. */
  readonly #keyIndexes: readonly number[];

  constructor(table: TableSchema, topic: string, options: EnvelopeOptions) {
    this.table = table;
    this.topic = topic;
    this.schemas = envelopeSchemas(table, topic, options.source, options);
    this.options = options;
    this.#collection = tablePath(table);
    this.#keyIndexes = table.key.map((name) => table.columns.findIndex((column) => column.name === name));
  }

  read(batch: SourceRecord[], after: Row, meta: EventMeta): void {
    batch.push(this.#record(this.#keyOf(after), this.#event(null, after, 'r', meta), this.options.headers));
  }

  create(batch: SourceRecord[], after: Row, meta: EventMeta): void {
    if (this.options.skippedOperations.has('c')) return;
    batch.push(this.#record(this.#keyOf(after), this.#event(null, after, 'c', meta), this.options.headers));
  }

  /** `before` is null where the log has no old row; a key then counts as unchanged. */
  update(batch: SourceRecord[], before: Row | null, after: Row, meta: EventMeta): void {
    if (before !== null && !this.#hasSameKey(before, after)) {
      this.#moveKey(batch, before, after, meta);
      return;
    }
    if (this.options.skippedOperations.has('u')) return;
    if (before !== null && this.options.skipsUnchanged && sameValues(before, after)) return;
    batch.push(this.#record(this.#keyOf(after), this.#event(before, after, 'u', meta), this.options.headers));
  }

  /** `before` is null only for a table whose log holds no old rows at all. */
  remove(batch: SourceRecord[], before: Row | null, meta: EventMeta): void {
    if (!this.options.skippedOperations.has('d')) this.#remove(batch, before, meta, this.options.headers);
  }

  truncate(batch: SourceRecord[], meta: EventMeta): void {
    if (this.options.skippedOperations.has('t')) return;
    batch.push(this.#record(null, this.#event(null, null, 't', meta), this.options.headers));
  }

  #remove(batch: SourceRecord[], before: Row | null, meta: EventMeta, headers: readonly Header[]): void {
    const key = before === null ? null : this.#keyOf(before);
    batch.push(this.#record(key, this.#event(before, null, 'd', meta), headers));
    if (this.options.hasTombstones) batch.push(this.#record(key, null, headers));
  }

  #moveKey(batch: SourceRecord[], before: Row, after: Row, meta: EventMeta): void {
    const { headers, keyChange, skippedOperations } = this.options;
    if (keyChange === 'update' && skippedOperations.has('u')) return;
    const skipped = keyChange === 'update' ? nothingSkipped : skippedOperations;
    const keySchema = this.schemas.key;
    const oldKey: Header = { key: '__debezium.oldkey', schema: keySchema, value: this.#keyOf(before) };
    const newKey: Header = { key: '__debezium.newkey', schema: keySchema, value: this.#keyOf(after) };
    if (!skipped.has('d')) this.#remove(batch, before, meta, [newKey, ...headers]);
    if (skipped.has('c')) return;
    batch.push(this.#record(this.#keyOf(after), this.#event(null, after, 'c', meta), [oldKey, ...headers]));
  }

  #hasSameKey(before: Row, after: Row): boolean {
    for (const index of this.#keyIndexes) if (!sameValue(before[index], after[index])) return false;
    return true;
  }

  #keyOf(row: Row): Struct | null {
    const schema = this.schemas.key;
    if (schema === null) return null;
    return new Struct(
      schema,
      this.#keyIndexes.map((index) => row[index]),
    );
  }

  #event(before: Row | null, after: Row | null, op: string, meta: EventMeta): Struct {
    const { row, envelope } = this.schemas;
    const { time } = meta;
    return new Struct(envelope, [
      before === null ? null : new Struct(row, before),
      after === null ? null : new Struct(row, after),
      meta.source,
      meta.transaction === null ? null : meta.transaction.block(this.#collection),
      op,
      time.ms,
      time.us,
      time.ns,
    ]);
  }

  #record(key: Struct | null, value: Struct | null, headers: readonly Header[]): SourceRecord {
    return {
      topic: this.topic,
      partition: undefined,
      keySchema: key === null ? null : this.schemas.key,
      key,
      valueSchema: value === null ? null : this.schemas.envelope,
      value,
      headers,
      timestamp: undefined,
    };
  }
}

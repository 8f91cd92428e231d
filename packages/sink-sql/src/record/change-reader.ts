import { Struct, type Schema, type SinkRecord } from '@headrace/connector-api';
import { hasReaction, RecordError, type Logger } from '@headrace/foundation';
import type { SqlSession } from '../dialect/session.ts';
import { errors } from '../errors.ts';
import type { TableRegistry } from '../table/table-registry.ts';
import type { TableId } from '../table/table.ts';
import { placeOf, type Change, type RowDelete } from './change.ts';
import { formOf, type RecordForm } from './record-form.ts';
import { layoutOf, type LayoutOptions, type RecordLayout } from './record-layout.ts';
import { createRowEncoder, type RowEncoder } from './row-encoder.ts';
import type { NameParts, TableName } from './table-name.ts';
import { isTransactionBoundary } from './transaction-mark.ts';

export interface ChangeReaderOptions {
  readonly layout: LayoutOptions;
  readonly tableName: TableName;
  readonly registry: TableRegistry;
  readonly appliesDeletes: boolean;
  readonly appliesTruncates: boolean;
  readonly placeholder: string;
  readonly log: Logger;
  /** As the target's unquoted names would be stored, or as they are. */
  readonly foldName: (name: string) => string;
  /** Records about the begin and end of transactions are of use elsewhere. */
  readonly usesBoundaries: boolean;
}

/** Records of one topic with one pair of schema objects. */
interface Reading {
  readonly topic: string;
  readonly keySchema: Schema | null;
  readonly valueSchema: Schema | null;
  readonly form: RecordForm | undefined;
  layout: RecordLayout | undefined;
  /** Where the topic alone tells the table. */
  target: Target | undefined;
  readonly writers: Map<string, RowEncoder>;
  readonly deleters: Map<string, RowEncoder>;
}

interface Target {
  readonly id: TableId;
  /** The id as one text. */
  readonly key: string;
}

/** What is known of the records of one topic with one pair of schemas. */
export interface KnownRecords {
  readonly form: RecordForm;
  /** Of rows that are written; undefined: none was yet. */
  readonly writer: RowEncoder | undefined;
  /** Of keys that are deleted; likewise. */
  readonly deleter: RowEncoder | undefined;
}

type Intent = 'write' | 'delete' | 'truncate' | 'none';

/**
 * Record -> change. All that depends on schemas alone is worked out when their objects are first seen (and only then may a
 * table be created or changed); a record of known schemas costs its values.
 */
export class ChangeReader {
  readonly #options: ChangeReaderOptions;
  readonly #readings = new Map<string, Reading[]>();
  #hasWarned = false;
  #generation = 0;

  constructor(options: ChangeReaderOptions) {
    this.#options = options;
  }

  /** Forgets what was worked out, because the catalog may have changed. */
  reset(): void {
    this.#readings.clear();
    this.#generation += 1;
  }

  /** The topic alone does not tell the table: a record's source block is needed. */
  get asksSource(): boolean {
    return this.#options.tableName.sourceFields.length > 0;
  }

  /** What was worked out under another number counts no more. */
  get generation(): number {
    return this.#generation;
  }

  /** Asks nobody: undefined until `read` has seen such a record, and where the topic does not tell the table. */
  known(topic: string, keySchema: Schema | null, valueSchema: Schema | null): KnownRecords | undefined {
    const reading = this.#readings.get(topic)?.find((known) => known.valueSchema === valueSchema && known.keySchema === keySchema);
    if (reading?.form === undefined || reading.target === undefined) return undefined;
    const { key } = reading.target;
    return { form: reading.form, writer: reading.writers.get(key), deleter: reading.deleters.get(key) };
  }

  /** The change of a record, null when it means none. A promise only when something must be asked of the target. */
  read(session: SqlSession, record: SinkRecord, signal: AbortSignal): Change | null | Promise<Change | null> {
    const reading = this.#readingOf(record);
    const intent = this.#intentOf(reading, record);
    if (intent === 'none') return null;
    const target = reading.target ?? this.#targetOf(session, reading, record, intent);
    if (target === undefined) return null;
    const { id, key } = target;
    if (intent === 'truncate') return this.#truncate(session, id, signal);
    const encoder = intent === 'write' ? reading.writers.get(key) : reading.deleters.get(key);
    return encoder === undefined ? this.#bind(session, { reading, intent, id, record }, signal) : apply(encoder, intent, reading, record);
  }

  /** Reading it asks nothing of the target and changes no table: its schemas were seen before. */
  isKnown(session: SqlSession, record: SinkRecord): boolean {
    const reading = this.#readingOf(record);
    const intent = this.#intentOf(reading, record);
    if (intent === 'none') return true;
    const target = reading.target ?? this.#targetOf(session, reading, record, intent);
    return target === undefined || (intent === 'write' ? reading.writers : reading.deleters).has(target.key);
  }

  /** The key of a record whose row could not be read, as a delete names it; undefined where the key cannot be read either. */
  keyOf(session: SqlSession, record: SinkRecord): RowDelete | undefined {
    try {
      const reading = this.#readingOf(record);
      const target = reading.target ?? this.#targetOf(session, reading, record, 'write');
      return target === undefined ? undefined : reading.writers.get(target.key)?.delete(record);
    } catch (error) {
      if (hasReaction(error, 'record')) return undefined;
      throw error;
    }
  }

  #readingOf(record: SinkRecord): Reading {
    const { topic, keySchema, valueSchema } = record;
    let ofTopic = this.#readings.get(topic);
    if (ofTopic === undefined) this.#readings.set(topic, (ofTopic = []));
    const found = ofTopic.find((reading) => reading.valueSchema === valueSchema && reading.keySchema === keySchema);
    if (found !== undefined) return found;
    const form = formOf(valueSchema, this.#options.appliesDeletes);
    const reading = { topic, keySchema, valueSchema, form, layout: undefined, target: undefined, writers: new Map(), deleters: new Map() };
    ofTopic.push(reading);
    return reading;
  }

  #intentOf({ form }: Reading, record: SinkRecord): Intent {
    const { value } = record;
    if (form?.kind === 'ignored') return this.#ignore(record);
    if (value === null) return this.#options.appliesDeletes ? 'delete' : 'none';
    if (form === undefined || form.kind === 'tombstone' || !(value instanceof Struct)) {
      throw shapeError(record, 'it is no struct with a schema; use a converter with schemas');
    }
    if (form.kind === 'envelope') return this.#intentOfOp(record, value.values[form.opIndex]);
    const deleted = form.deletedIndex < 0 ? undefined : value.values[form.deletedIndex];
    return deleted === 'true' || deleted === true ? 'delete' : 'write';
  }

  #intentOfOp(record: SinkRecord, op: unknown): Intent {
    switch (op) {
      case 'c':
      case 'u':
      case 'r':
        return 'write';
      case 'd':
        return this.#options.appliesDeletes ? 'delete' : 'none';
      case 't':
        return this.#options.appliesTruncates ? 'truncate' : 'none';
      case 'm':
        return 'none';
      default:
        throw shapeError(record, `its op is "${String(op)}"`);
    }
  }

  #ignore(record: SinkRecord): Intent {
    if (this.#options.usesBoundaries && isTransactionBoundary(record)) return 'none';
    if (!this.#hasWarned) this.#options.log.warn('Records that are about no row are left out.', { topic: record.topic });
    this.#hasWarned = true;
    return 'none';
  }

  #targetOf(session: SqlSession, reading: Reading, record: SinkRecord, intent: Intent): Target | undefined {
    const name = this.#nameOf(reading, record, intent);
    if (name === undefined) return undefined;
    const id: TableId = { schema: name.schema ?? session.defaultSchema, name: name.name };
    const target = { id, key: `${id.schema}\0${id.name}` };
    if (!this.asksSource) reading.target = target;
    return target;
  }

  #nameOf({ form }: Reading, record: SinkRecord, intent: Intent): NameParts | undefined {
    const source = form !== undefined && form.sourceIndex >= 0 ? (record.value as Struct | null)?.values[form.sourceIndex] : undefined;
    const name = this.#options.tableName.resolve(record.topic, (field) => (source instanceof Struct ? source.get(field) : undefined));
    if (name !== undefined) {
      const { foldName } = this.#options;
      return { schema: name.schema === undefined ? undefined : foldName(name.schema), name: foldName(name.name) };
    }
    // A tombstone has no source block; the delete before it has already named the table.
    if (intent === 'delete' && record.value === null) return undefined;
    throw shapeError(
      record,
      `collection.name.format needs ${this.#options.tableName.sourceFields.join(', ')} of a source block, which it lacks`,
    );
  }

  /** A table that is not there is empty already; emptying it would fail for ever. */
  async #truncate(session: SqlSession, id: TableId, signal: AbortSignal): Promise<Change | null> {
    const bound = await this.#options.registry.bindKey(session, id, [], signal);
    return bound === null ? null : { kind: 'truncate', table: bound.table };
  }

  async #bind(session: SqlSession, request: BindRequest, signal: AbortSignal): Promise<Change | null> {
    const { reading, intent, id, record } = request;
    const { registry, placeholder, layout: layoutOptions } = this.#options;
    if (reading.form === undefined) throw shapeError(record, 'it is no struct');
    const layout = (reading.layout ??= layoutOf(reading.topic, reading.keySchema, reading.form, layoutOptions));
    const key = `${id.schema}\0${id.name}`;
    if (intent === 'write') {
      const encoder = createRowEncoder(layout, await registry.bindRows(session, id, layout.columns, signal), placeholder);
      reading.writers.set(key, encoder);
      return apply(encoder, intent, reading, record);
    }
    const keyLayout = { columns: layout.columns.slice(0, layout.keyCount), keyCount: layout.keyCount };
    const bound = await registry.bindKey(session, id, keyLayout.columns, signal);
    // A table that is created later must be found: its absence is not remembered.
    if (bound === null) return null;
    const encoder = createRowEncoder(keyLayout, bound, placeholder);
    reading.deleters.set(key, encoder);
    return apply(encoder, intent, reading, record);
  }
}

interface BindRequest {
  readonly reading: Reading;
  readonly intent: 'write' | 'delete';
  readonly id: TableId;
  readonly record: SinkRecord;
}

const shapeError = (record: SinkRecord, reason: string): RecordError =>
  new RecordError(errors.record_shape.code, `The value of ${placeOf(record)} cannot be applied: ${reason}.`);

const apply = (encoder: RowEncoder, intent: 'write' | 'delete', { form }: Reading, record: SinkRecord): Change => {
  if (intent === 'delete') return encoder.delete(record);
  const value = record.value as Struct;
  const row = form?.kind === 'envelope' ? value.values[form.afterIndex] : value;
  if (!(row instanceof Struct)) throw shapeError(record, 'it has no "after"');
  return encoder.write(record, row);
};

/**
 * `provide.transaction.metadata`: each event says its place in its transaction, and two records in a topic of their own say
 * where a transaction begins and ends, and how many events of which tables it has.
 *
 *   begin(...)            unless an earlier run has told it: a BEGIN record
 *   event(collection)     once per event, in the order of the events
 *   end(...)              an END record
 *
 * Inside a transaction the counts travel in the offset, so that they go on after a restart.
 */
import {
  arrayOf,
  primitive,
  Struct,
  structOf,
  type JsonMap,
  type Schema,
  type SourceRecord,
  type StructSchema,
} from '@headrace/connector-api';

const text = primitive('string');
const long = primitive('int64');
const optionalLong = primitive('int64', { isOptional: true });

/** The block in an envelope. */
export const transactionBlockSchema: StructSchema = structOf(
  [
    ['id', text],
    ['total_order', long],
    ['data_collection_order', long],
  ],
  { name: 'event.block', version: 1 },
);

const collectionSchema = structOf(
  [
    ['data_collection', text],
    ['event_count', long],
  ],
  { name: 'event.collection', version: 1, isOptional: true },
);
const collectionsSchema: Schema = arrayOf(collectionSchema, { isOptional: true });

const keySchema = structOf([['id', text]], { name: 'io.debezium.connector.common.TransactionMetadataKey', version: 1 });
const valueSchema = structOf(
  [
    ['status', text],
    ['id', text],
    ['event_count', optionalLong],
    ['data_collections', collectionsSchema],
    ['ts_ms', long],
  ],
  { name: 'io.debezium.connector.common.TransactionMetadataValue', version: 1 },
);

const ID = 'transaction_id';
const ORDER = 'transaction_data_collection_order_';

/** Events of a transaction so far, by collection. */
export type EventCounts = ReadonlyMap<string, number>;

/** An event's place in its transaction, from 1 on. */
export interface EventOrder {
  readonly total: number;
  readonly ofCollection: number;
}

/** Counts of the transaction an offset stands in; null: in none. */
export const countsFromOffset = (offset: JsonMap): EventCounts | null => {
  if (typeof offset[ID] !== 'string') return null;
  return new Map(
    Object.entries(offset).flatMap(([key, value]): [string, number][] =>
      key.startsWith(ORDER) ? [[key.slice(ORDER.length), Number(value)]] : [],
    ),
  );
};

export class TransactionMetadata {
  readonly #topic: string;
  readonly #counts = new Map<string, number>();
  #transaction: string | null = null;
  #total = 0;

  /** How the events, and the record that comes next, call the transaction. */
  id = '';

  constructor(topic: string) {
    this.#topic = topic;
  }

  /** A transaction begins, or goes on from `counts` of an offset. `transaction` is its name in offsets. */
  begin(transaction: string, counts: EventCounts | null): void {
    this.end();
    this.#transaction = transaction;
    for (const [collection, count] of counts ?? []) {
      this.#counts.set(collection, count);
      this.#total += count;
    }
  }

  /** One more event. */
  event(collection: string): EventOrder {
    const ofCollection = (this.#counts.get(collection) ?? 0) + 1;
    this.#counts.set(collection, ofCollection);
    this.#total += 1;
    return { total: this.#total, ofCollection };
  }

  /** The block of one more event. */
  block(collection: string): Struct {
    const { total, ofCollection } = this.event(collection);
    return new Struct(transactionBlockSchema, [this.id, total, ofCollection]);
  }

  beginRecord(ms: number): SourceRecord {
    return this.#record(['BEGIN', this.id, null, null, ms]);
  }

  /** Tells the counts of all that has happened since `begin`. */
  endRecord(ms: number): SourceRecord {
    const collections = [...this.#counts].map(([name, count]) => new Struct(collectionSchema, [name, count]));
    return this.#record(['END', this.id, this.#total, collections, ms]);
  }

  end(): void {
    this.#transaction = null;
    this.#counts.clear();
    this.#total = 0;
  }

  /** What an offset inside the transaction has to hold; nothing outside. */
  offsetKeys(): JsonMap {
    if (this.#transaction === null) return {};
    const keys: Record<string, string | number> = { [ID]: this.#transaction };
    for (const [collection, count] of this.#counts) keys[`${ORDER}${collection}`] = count;
    return keys;
  }

  #record(values: unknown[]): SourceRecord {
    return {
      topic: this.#topic,
      partition: undefined,
      keySchema,
      key: new Struct(keySchema, [this.id]),
      valueSchema,
      value: new Struct(valueSchema, values),
      headers: [],
      timestamp: undefined,
    };
  }
}

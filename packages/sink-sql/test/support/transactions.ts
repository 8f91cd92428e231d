import { arrayOf, primitive, Struct, structOf, type SinkRecord } from '@headrace/connector-api';
import { blockSchema } from './records.ts';

const text = primitive('string');
const count = primitive('int64', { isOptional: true });
const collections = structOf([
  ['data_collection', text],
  ['event_count', primitive('int64')],
]);
const valueSchema = structOf(
  [
    ['status', text],
    ['id', text],
    ['event_count', count],
    ['data_collections', arrayOf(collections, { isOptional: true })],
    ['ts_ms', primitive('int64')],
  ],
  { name: 'io.debezium.connector.common.TransactionMetadataValue', version: 1 },
);
const keySchema = structOf([['id', text]], { name: 'io.debezium.connector.common.TransactionMetadataKey', version: 1 });

/** The change as the `order`-th of a transaction. */
export const inTransaction = (record: SinkRecord, id: string, order: number): SinkRecord => {
  const { schema, values } = record.value as Struct;
  const at = schema.indexByName.get('transaction') ?? -1;
  const block = new Struct(blockSchema, [id, order, order]);
  return { ...record, value: new Struct(schema, values.with(at, block)) };
};

/** Records of the source's transaction topic. */
export class TransactionTopic {
  readonly topic: string;
  #offset = 0n;

  constructor(topic: string) {
    this.topic = topic;
  }

  begin(id: string): SinkRecord {
    return this.#record('BEGIN', id, null);
  }

  end(id: string, events: number): SinkRecord {
    return this.#record('END', id, events);
  }

  #record(status: string, id: string, events: number | null): SinkRecord {
    const offset = this.#offset;
    this.#offset += 1n;
    const place = { topic: this.topic, partition: 0, offset };
    return {
      ...place,
      original: place,
      keySchema,
      key: new Struct(keySchema, [id]),
      valueSchema,
      value: new Struct(valueSchema, [status, id, events, null, 1]),
      headers: [],
      timestamp: 1,
    };
  }
}

import { primitive, Struct, structOf, withOptional, type SourceRecord, type StructSchema } from '@headrace/connector-api';
import { binaryType, envelopeEnd, includeExclude, topicName, type BinaryMode, type BinaryType, type EventMeta } from '@headrace/cdc';
import type { PostgresConfig } from '../config.ts';
import type { LogicalMessage } from '../pgoutput.ts';
import { postgresSourceSchema } from '../tables/source-block.ts';

/** What messages are called where the events of a transaction are counted. */
const COLLECTION = 'LOGICAL_DECODING_MESSAGE';

/** Messages belong to none. */
export const NO_TABLE = { schema: '', name: '' } as const;

const optionalText = primitive('string', { isOptional: true });
const keySchema = structOf([['prefix', optionalText]], { name: 'io.debezium.connector.postgresql.MessageKey', version: 1 });

/** Records of what `pg_logical_emit_message` wrote, keyed by its prefix. */
export class LogicalMessages {
  /** Whether messages of the prefix are captured. */
  readonly takes: (prefix: string) => boolean;
  readonly #topic: string;
  readonly #binary: BinaryType;
  readonly #messageSchema: StructSchema;
  readonly #valueSchema: StructSchema;

  constructor(config: PostgresConfig) {
    this.takes = includeExclude(config['message.prefix.include.list'], config['message.prefix.exclude.list']);
    // As Debezium's: a dot whatever topic.delimiter says.
    this.#topic = topicName([config['topic.prefix'], 'message'], '.');
    this.#binary = binaryType(config['binary.handling.mode'].toLowerCase() as BinaryMode);
    this.#messageSchema = structOf(
      [
        ['prefix', optionalText],
        ['content', withOptional(this.#binary.schema, true)],
      ],
      { name: 'io.debezium.connector.postgresql.Message', version: 1 },
    );
    this.#valueSchema = structOf(
      [
        ['op', envelopeEnd.op],
        ['ts_ms', envelopeEnd.ts_ms],
        ['source', postgresSourceSchema],
        ['transaction', envelopeEnd.transaction],
        ['message', this.#messageSchema],
      ],
      { name: 'io.debezium.connector.postgresql.MessageValue', version: 1 },
    );
  }

  record({ prefix, content }: LogicalMessage, { source, time, transaction }: EventMeta): SourceRecord {
    const message = new Struct(this.#messageSchema, [prefix, this.#binary.fromBytes(content)]);
    const block = transaction === null ? null : transaction.block(COLLECTION);
    return {
      topic: this.#topic,
      partition: undefined,
      keySchema,
      key: new Struct(keySchema, [prefix]),
      valueSchema: this.#valueSchema,
      value: new Struct(this.#valueSchema, ['m', time.ms, source, block, message]),
      headers: [],
      timestamp: undefined,
    };
  }
}

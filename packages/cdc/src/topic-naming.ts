import type { ConfigOf } from '@headrace/foundation';
import type { TransactionKeys } from './config/transaction-keys.ts';
import type { CdcConfig } from './config/cdc-config.ts';
import { NAMING_STRATEGY } from './config/naming-strategy.ts';

/** Kafka's limit for a topic name. */
const MAX_LENGTH = 249;

/** Joins the parts that are not blank. */
const joined = (parts: readonly string[], delimiter: string): string => parts.filter((part) => part.trim() !== '').join(delimiter);

/** Joins the parts; characters Kafka does not allow become `_`. */
export const topicName = (parts: readonly string[], delimiter: string): string =>
  joined(parts, delimiter)
    .replaceAll(/[^A-Za-z0-9._-]/g, '_')
    .slice(0, MAX_LENGTH);

/** A table by the names that topics are made of. */
export interface TopicPath {
  /** Left out by PostgreSQL: Debezium's Default strategies name its tables alone. */
  readonly database?: string;
  /** Left out where a database has none. */
  readonly schema?: string;
  readonly table: string;
}

/** Topic of a table's changes: by schema, or by database under a Default strategy. */
export const dataTopic = (config: CdcConfig, { database, schema, table }: TopicPath): string => {
  const [, parent, unicode] = NAMING_STRATEGY.exec(config['topic.naming.strategy'] ?? '') ?? [];
  const parts = [config['topic.prefix'], (parent === 'Default' ? database : (schema ?? database)) ?? '', table];
  if (unicode === undefined) return topicName(parts, config['topic.delimiter']);
  return joined(parts, config['topic.delimiter'])
    .replaceAll(/[^A-Za-z0-9.-]/g, unicodeText)
    .slice(0, MAX_LENGTH);
};

/** As Debezium writes it: four digits, or three. */
const unicodeText = (char: string): string => {
  const digits = char.charCodeAt(0).toString(16);
  return `_u${digits.length <= 2 ? '00' : ''}${digits}`;
};

/** Topic of the statements that change tables. */
export const schemaChangeTopic = (config: CdcConfig): string => topicName([config['topic.prefix']], config['topic.delimiter']);

/** Topic of the begins and ends of transactions. */
export const transactionTopic = (config: CdcConfig & ConfigOf<TransactionKeys>): string =>
  topicName([config['topic.prefix'], config['topic.transaction']], config['topic.delimiter']);

export const heartbeatTopic = (config: CdcConfig): string =>
  config['topic.heartbeat.name'] ?? topicName([config['topic.heartbeat.prefix'], config['topic.prefix']], config['topic.delimiter']);

import type { ConfigOf } from '@headrace/foundation';
import type { TransactionKeys } from './config/transaction-keys.ts';
import type { CdcConfig } from './config/cdc-config.ts';

/** Kafka's limit for a topic name. */
const MAX_LENGTH = 249;

/** Joins the parts that are not blank; characters Kafka does not allow become `_`. */
export const topicName = (parts: readonly string[], delimiter: string): string =>
  parts
    .filter((part) => part.trim() !== '')
    .join(delimiter)
    .replaceAll(/[^A-Za-z0-9._-]/g, '_')
    .slice(0, MAX_LENGTH);

/** Topic of a table's changes: `path` is [schema, table] or [database, table]. */
export const dataTopic = (config: CdcConfig, path: readonly string[]): string =>
  topicName([config['topic.prefix'], ...path], config['topic.delimiter']);

/** Topic of the begins and ends of transactions. */
export const transactionTopic = (config: CdcConfig & ConfigOf<TransactionKeys>): string =>
  topicName([config['topic.prefix'], config['topic.transaction']], config['topic.delimiter']);

export const heartbeatTopic = (config: CdcConfig): string =>
  config['topic.heartbeat.name'] ?? topicName([config['topic.heartbeat.prefix'], config['topic.prefix']], config['topic.delimiter']);

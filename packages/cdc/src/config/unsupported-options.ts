import type { ConfigProblem, RawConfig } from '@headrace/foundation';

/** An option of Debezium that is not built. Its default is accepted, anything else is refused, never ignored. */
export interface UnsupportedOption {
  /** A key, or the expression of a family of keys. A connector that defines the key has the option. */
  readonly key: string | RegExp;
  /** Values that ask for nothing; compared without regard to case. Left out: any value is refused. */
  readonly accepts?: readonly string[];
  /** What to do instead, as the end of a sentence. */
  readonly instead: string;
}

const off: readonly string[] = ['false', ''];
const none: readonly string[] = [''];

/** Options all log-based connectors of Debezium share. */
export const unsupportedCdcOptions: readonly UnsupportedOption[] = [
  { key: 'provide.transaction.metadata', accepts: off, instead: 'leave it false' },
  { key: 'converters', accepts: none, instead: 'convert by a transform' },
  { key: 'post.processors', accepts: none, instead: 'leave it out' },
  { key: 'event.processing.failure.handling.mode', accepts: ['fail'], instead: 'use fail' },
  { key: 'queue.provider.type', accepts: ['memory'], instead: 'use memory' },
  { key: 'query.fetch.size', accepts: ['0'], instead: 'leave it out' },
  { key: 'heartbeat.action.query', accepts: none, instead: 'leave it out: idle databases do not hold the log back here' },
  {
    key: 'transaction.metadata.factory',
    accepts: ['', 'io.debezium.pipeline.txmetadata.DefaultTransactionMetadataFactory'],
    instead: 'leave it out',
  },
  { key: 'snapshot.mode.custom.name', accepts: none, instead: 'use one of the named modes' },
  { key: 'snapshot.query.mode', accepts: ['select_all'], instead: 'use select_all' },
  { key: 'snapshot.query.mode.custom.name', accepts: none, instead: 'use select_all' },
  { key: 'snapshot.locking.mode.custom.name', accepts: none, instead: 'leave it out' },
  { key: /^snapshot\.max\.threads\.multiplier\./, accepts: none, instead: 'use snapshot.max.threads.multiplier for all tables' },
  { key: 'incremental.snapshot.watermarking.strategy', accepts: ['insert_insert'], instead: 'leave it out' },
  { key: 'incremental.snapshot.allow.schema.changes', accepts: off, instead: 'leave it false' },
  { key: 'signal.data.collection', accepts: none, instead: 'leave it out: signals are not built yet' },
  { key: 'signal.enabled.channels', accepts: ['source', ''], instead: 'leave it out: signals are not built yet' },
  { key: 'signal.kafka.topic', accepts: none, instead: 'leave it out: signals are not built yet' },
  { key: 'signal.kafka.bootstrap.servers', instead: "leave it out: signals are read from the worker's Kafka" },
  { key: 'signal.kafka.groupId', accepts: ['kafka-signal'], instead: 'leave it out: the place in the topic is kept in the offset' },
  { key: /^signal\.consumer\./, instead: "leave it out: the worker's settings count" },
  { key: 'notification.enabled.channels', accepts: none, instead: 'leave it out: notifications are not built yet' },
  { key: 'guardrail.collections.max', accepts: ['0'], instead: 'leave it 0' },
  { key: 'guardrail.collections.limit.action', accepts: ['warn'], instead: 'leave it out' },
  { key: 'topic.cache.size', accepts: ['10000'], instead: 'leave it out: names are made once per version of a table' },
  { key: /^topic\.key\./, instead: 'rename topics by a transform' },
  { key: 'heartbeat.topics.prefix', instead: 'use topic.heartbeat.prefix' },
  { key: 'connection.validation.timeout.ms', accepts: ['60000'], instead: 'leave it out: a connection is tried for ten seconds' },
  {
    key: 'executor.shutdown.timeout.ms',
    accepts: ['4000'],
    instead: 'leave it out: task.shutdown.graceful.timeout.ms of the worker counts',
  },
  { key: 'custom.metric.tags', accepts: none, instead: 'leave it out: metrics have the name of the connector' },
  { key: 'statistics.metrics.enabled', accepts: ['true'], instead: 'leave it out' },
  { key: 'custom.sanitize.pattern', accepts: none, instead: 'leave it out: secrets are known by their options' },
  { key: 'signal.kafka.poll.timeout.ms', accepts: ['0', '100'], instead: 'leave it out' },
  { key: /^internal\./, instead: 'leave it out: it is internal to another implementation' },
  { key: /^driver\./, instead: 'leave it out: there is no JDBC driver here' },
  { key: 'sourceinfo.struct.maker', accepts: none, instead: 'leave it out' },
  { key: 'openlineage.integration.enabled', accepts: off, instead: 'leave it false' },
  { key: /^topic\.(regex|replacement)$/, accepts: none, instead: 'rename topics by a transform' },
];

/** One problem for each given option that would have to do something and cannot. `defined`: the keys the connector has. */
export const refuseUnsupported = (
  raw: RawConfig,
  options: readonly UnsupportedOption[],
  defined: Readonly<Record<string, unknown>> = {},
): readonly ConfigProblem[] =>
  Object.entries(raw).flatMap(([key, value]) => {
    const option = options.find((entry) => (typeof entry.key === 'string' ? entry.key === key : entry.key.test(key)));
    if (option === undefined || value === null || key in defined) return [];
    if (option.accepts?.some((accepted) => accepted.toLowerCase() === value.trim().toLowerCase()) === true) return [];
    return [{ key, value, message: `Invalid value ${value} for configuration ${key}: this option is not supported; ${option.instead}.` }];
  });

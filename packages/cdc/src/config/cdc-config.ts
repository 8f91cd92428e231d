import type { ConfigKey, ConfigOf } from '@headrace/foundation';
import { choice, count, optionalText, type Optional } from './option-kinds.ts';
import { checkNamingStrategy } from './naming-strategy.ts';
import { checkPatternList } from './pattern-list.ts';

/** What the keys of every log-based source parse to. */
export type CdcKeys = Readonly<
  Record<
    | 'topic.prefix'
    | 'topic.delimiter'
    | 'topic.heartbeat.prefix'
    | 'skipped.operations'
    | 'decimal.handling.mode'
    | 'binary.handling.mode'
    | 'schema.name.adjustment.mode'
    | 'field.name.adjustment.mode'
    | 'unavailable.value.placeholder'
    | 'event.converting.failure.handling.mode'
    | 'headrace.reported.version',
    ConfigKey<'STRING'>
  > &
    Record<
      | 'table.include.list'
      | 'table.exclude.list'
      | 'column.include.list'
      | 'column.exclude.list'
      | 'message.key.columns'
      | 'column.propagate.source.type'
      | 'datatype.propagate.source.type'
      | 'snapshot.include.collection.list'
      | 'topic.heartbeat.name'
      | 'topic.naming.strategy',
      Optional<'STRING'>
    > &
    Record<
      | 'max.batch.size'
      | 'max.queue.size'
      | 'max.queue.size.in.bytes'
      | 'poll.interval.ms'
      | 'heartbeat.interval.ms'
      | 'snapshot.fetch.size'
      | 'snapshot.delay.ms'
      | 'errors.max.retries'
      | 'retriable.restart.connector.wait.ms'
      | 'database.query.timeout.ms',
      ConfigKey<'INT'>
    > &
    Record<
      | 'tombstones.on.delete'
      | 'skip.messages.without.change'
      | 'extended.headers.enabled'
      | 'include.schema.comments'
      | 'table.ignore.builtin',
      ConfigKey<'BOOLEAN'>
    >
>;

/** Parsed values of the common keys; a connector's own configuration extends it. */
export type CdcConfig = ConfigOf<CdcKeys>;

const list = (doc: string): Optional<'STRING'> => ({
  ...optionalText(`${doc} Comma-separated regular expressions, anchored, case-insensitive.`),
  validate: checkPatternList,
});

const flag = (fallback: boolean, doc: string): ConfigKey<'BOOLEAN'> => ({
  type: 'BOOLEAN',
  default: String(fallback),
  importance: 'MEDIUM',
  doc,
});

const adjustmentModes = ['none', 'avro', 'avro_unicode'];

/** Options that every log-based source takes, under Debezium's names and with its defaults. To be spread into its own. */
export const cdcKeys: CdcKeys = {
  'topic.prefix': { type: 'STRING', importance: 'HIGH', doc: 'Logical server name: first part of every topic, key of the offsets.' },
  'topic.delimiter': { type: 'STRING', default: '.', importance: 'LOW', doc: 'Joins the parts of a topic name.' },
  'topic.heartbeat.prefix': {
    type: 'STRING',
    default: '__debezium-heartbeat',
    importance: 'LOW',
    doc: 'First part of the heartbeat topic.',
  },
  'topic.heartbeat.name': {
    type: 'STRING',
    default: null,
    importance: 'LOW',
    doc: 'Full name of the heartbeat topic, instead of a prefix.',
  },
  'topic.naming.strategy': {
    ...optionalText(
      'Class that names the topics of tables: io.debezium.schema.SchemaTopicNamingStrategy, DefaultTopicNamingStrategy (by database), or their Unicode forms, which tell characters apart that a topic cannot have.',
    ),
    validate: checkNamingStrategy,
  },
  'table.include.list': list('Tables to capture, as schema.table or database.table.'),
  'table.exclude.list': list('Tables not to capture; not together with table.include.list.'),
  'column.include.list': list('Columns to capture, as table path and column name. Key columns always are.'),
  'column.exclude.list': list('Columns not to capture; not together with column.include.list.'),
  'column.propagate.source.type': list('Columns whose fields tell their type, length and scale as parameters of the schema.'),
  'datatype.propagate.source.type': list('The same for columns of these types, as table path and name of the type.'),
  'message.key.columns': {
    type: 'STRING',
    default: null,
    importance: 'MEDIUM',
    doc: 'Other key columns for some tables: `tableRegex:col1,col2;tableRegex:col`.',
  },
  'table.ignore.builtin': flag(true, 'Leaves system tables out.'),
  'skipped.operations': {
    type: 'STRING',
    default: 't',
    importance: 'MEDIUM',
    doc: 'Operations to leave out: any of c, u, d, t, comma-separated, or none.',
    validate: (value: string) =>
      value.split(',').every((item) => ['c', 'u', 'd', 't', 'none', ''].includes(item.trim())) ? undefined : 'Only c, u, d, t or none',
  },
  'skip.messages.without.change': flag(false, 'Leaves updates out that changed no captured column; needs full before images.'),
  'tombstones.on.delete': flag(true, 'A record without value follows each delete, so that log compaction can drop the key.'),
  'extended.headers.enabled': flag(true, 'Adds the __debezium.context.* headers.'),
  'include.schema.comments': flag(false, 'Column comments become the documentation of fields.'),
  'decimal.handling.mode': choice(['precise', 'double', 'string'], 'How decimals are represented.'),
  'binary.handling.mode': choice(['bytes', 'base64', 'base64-url-safe', 'hex'], 'How binary columns are represented.'),
  'schema.name.adjustment.mode': choice(adjustmentModes, 'Changes schema names to what a converter allows.'),
  'field.name.adjustment.mode': choice(adjustmentModes, 'Changes field names to what a converter allows.'),
  'unavailable.value.placeholder': {
    type: 'STRING',
    default: '__debezium_unavailable_value',
    importance: 'LOW',
    doc: 'Stands for a value the database did not send; `hex:` and digits for bytes.',
  },
  'event.converting.failure.handling.mode': choice(
    ['fail', 'warn'],
    'A value that its schema cannot hold: fail the task with the name of the column (default here; Debezium warns), or write null and warn.',
  ),
  'max.batch.size': count(2_048, 1, 'Records per batch, at most.'),
  'max.queue.size': count(8_192, 1, 'Records read ahead, at most. Must exceed max.batch.size.'),
  'max.queue.size.in.bytes': count(0, 0, 'Bytes read ahead, at most; 0: 2 MiB from PostgreSQL.'),
  'poll.interval.ms': count(500, 1, 'How long an incomplete batch waits; accepted, batches are handed on as soon as there is something.'),
  'heartbeat.interval.ms': count(0, 0, 'Interval of heartbeat records; 0 turns them off.'),
  'snapshot.fetch.size': count(10_240, 1, 'Rows per read of the snapshot.'),
  'snapshot.delay.ms': count(0, 0, 'Wait before the snapshot starts.'),
  'snapshot.include.collection.list': list('Tables the snapshot reads, of those captured.'),
  'errors.max.retries': count(-1, -1, 'Attempts to reach the database again after a lost connection; -1: for ten minutes.'),
  'retriable.restart.connector.wait.ms': count(10_000, 0, 'Longest pause between two attempts.'),
  'database.query.timeout.ms': count(600_000, 0, 'Time limit of a query; 0: none.'),
  'headrace.reported.version': {
    type: 'STRING',
    default: '3.6.1.Final',
    importance: 'LOW',
    doc: 'What the source block says as version, for consumers that look at it.',
  },
};

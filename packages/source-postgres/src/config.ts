import { defineConfig, type ConfigDef, type ConfigKey, type ConfigOf, type ConfigProblem, type RawConfig } from '@headrace/foundation';
import { checkPluginOptions } from './log/plugin-options.ts';
import { checkIdentities } from './start/identity-rules.ts';
import { reselectProblems } from './reselect/reselect-rules.ts';
import {
  cdcKeys,
  checkPatternList,
  choice,
  count,
  excludeEachOther,
  optionalText,
  snapshotKeys,
  snapshotModes,
  snapshotProblems,
  signalKeys,
  signalProblems,
  transactionKeys,
  validateCdc,
  type CdcKeys,
  type Optional,
  type SignalKeys,
  type SnapshotKeys,
  type TransactionKeys,
  type UnsupportedOption,
} from '@headrace/cdc';

/** Keys of this connector beyond those all log-based sources have. */
export type PostgresKeys = CdcKeys &
  SnapshotKeys &
  SignalKeys &
  TransactionKeys &
  Readonly<
    Record<
      | 'database.hostname'
      | 'database.user'
      | 'database.dbname'
      | 'database.sslmode'
      | 'plugin.name'
      | 'slot.name'
      | 'publication.name'
      | 'publication.autocreate.mode'
      | 'time.precision.mode'
      | 'interval.handling.mode'
      | 'hstore.handling.mode'
      | 'schema.refresh.mode'
      | 'guardrail.collections.limit.action'
      | 'lsn.flush.mode'
      | 'headrace.slot.lag.action'
      | 'offset.mismatch.strategy',
      ConfigKey<'STRING'>
    > &
      Record<
        | 'slot.stream.params'
        | 'schema.include.list'
        | 'schema.exclude.list'
        | 'message.prefix.include.list'
        | 'message.prefix.exclude.list'
        | 'heartbeat.action.query'
        | 'post.processors'
        | 'replica.identity.autoset.values'
        | 'database.initial.statements'
        | 'database.sslrootcert'
        | 'database.sslcert'
        | 'database.sslkey',
        Optional<'STRING'>
      > &
      Record<'database.password' | 'database.sslpassword', Optional<'PASSWORD'>> &
      Record<'headrace.slot.lag.max.bytes', ConfigKey<'LONG'>> &
      Record<
        | 'database.port'
        | 'slot.max.retries'
        | 'slot.retry.delay.ms'
        | 'status.update.interval.ms'
        | 'money.fraction.digits'
        | 'guardrail.collections.max',
        ConfigKey<'INT'>
      > &
      Record<
        | 'database.tcpKeepAlive'
        | 'slot.drop.on.stop'
        | 'slot.failover'
        | 'publish.via.partition.root'
        | 'include.unknown.datatypes'
        | 'flush.lsn.source',
        ConfigKey<'BOOLEAN'>
      >
  >;

export type PostgresConfig = ConfigOf<PostgresKeys>;

const secret = (doc: string): Optional<'PASSWORD'> => ({ type: 'PASSWORD', default: null, importance: 'HIGH', doc });
const flag = (fallback: boolean, doc: string): ConfigKey<'BOOLEAN'> => ({
  type: 'BOOLEAN',
  default: String(fallback),
  importance: 'LOW',
  doc,
});
const patterns = (doc: string): Optional<'STRING'> => ({
  ...optionalText(`${doc} Comma-separated regular expressions.`),
  validate: checkPatternList,
});

export const postgresConfig: ConfigDef<PostgresKeys> = defineConfig({
  ...cdcKeys,
  ...signalKeys,
  ...transactionKeys,
  ...snapshotKeys(snapshotModes, ['none', 'shared']),
  'database.hostname': { type: 'STRING', importance: 'HIGH', doc: 'Host of the server, or the folder of its socket.' },
  'database.port': { ...count(5_432, 1, 'Port of the server.'), max: 65_535 },
  'database.user': { type: 'STRING', importance: 'HIGH', doc: 'User with REPLICATION, and SELECT on the captured tables.' },
  'database.password': secret('Password of the user.'),
  'database.dbname': { type: 'STRING', importance: 'HIGH', doc: 'Database to capture.' },
  'database.sslmode': choice(['prefer', 'disable', 'allow', 'require', 'verify-ca', 'verify-full'], 'Whether and how TLS is used.'),
  'database.sslrootcert': optionalText('File of the certificate authority.'),
  'database.sslcert': optionalText('File of the client certificate.'),
  'database.sslkey': optionalText('File of the client key.'),
  'database.sslpassword': secret('Passphrase of the client key.'),
  'database.tcpKeepAlive': flag(true, 'TCP keepalive on all connections.'),
  'database.initial.statements': optionalText(
    'Statements that every session runs first, separated by semicolons; ;; stands for one inside a statement. Forms of output cannot be changed.',
  ),
  'plugin.name': {
    type: 'STRING',
    default: 'pgoutput',
    importance: 'MEDIUM',
    doc: 'Output plugin of the slot. Only pgoutput, the one PostgreSQL brings (Debezium defaults to decoderbufs).',
    values: ['pgoutput'],
  },
  'slot.name': {
    type: 'STRING',
    default: 'debezium',
    importance: 'HIGH',
    doc: 'Replication slot; one per connector.',
    validate: (value: string) => (/^[a-z0-9_]{1,63}$/.test(value) ? undefined : 'Lower-case letters, digits and _, at most 63'),
  },
  'slot.drop.on.stop': flag(
    false,
    'Drops the slot when the task ends in order. Changes made until the next start are lost: for tests only.',
  ),
  'slot.stream.params': {
    ...optionalText(
      'Options of pgoutput: streaming=off makes the server hold large transactions until they commit; origin=none (PostgreSQL 16) leaves out what was replicated into this server.',
    ),
    validate: checkPluginOptions,
  },
  'slot.failover': flag(false, 'PostgreSQL 17 and later: the slot is kept on standbys.'),
  'slot.max.retries': count(6, 0, 'Attempts to get a slot that another session holds.'),
  'slot.retry.delay.ms': count(10_000, 1, 'Pause between these attempts.'),
  'headrace.slot.lag.max.bytes': {
    type: 'LONG',
    default: '0',
    importance: 'MEDIUM',
    doc: 'Bytes of log the slot may make the server keep; beyond it incremental snapshots rest, and headrace.slot.lag.action counts. 0: any.',
    min: 0,
  },
  'headrace.slot.lag.action': choice(
    ['warn', 'fail', 'drop_slot'],
    'Beyond headrace.slot.lag.max.bytes: a warning, the end of the task, or its end without the slot, so that the disk of the server is saved.',
  ),
  'status.update.interval.ms': count(10_000, 100, 'How often the server is told how far we are.'),
  'publication.name': {
    type: 'STRING',
    default: 'dbz_publication',
    importance: 'HIGH',
    doc: 'Publication that says what reaches the log.',
  },
  'publication.autocreate.mode': choice(
    ['all_tables', 'disabled', 'filtered', 'no_tables'],
    'How the publication is made when it is missing.',
  ),
  'publish.via.partition.root': flag(false, 'A publication made by us publishes partitions under the name of their root.'),
  'replica.identity.autoset.values': {
    ...optionalText(
      'Replica identities that captured tables are given at the start: TABLE:FULL,TABLE:INDEX name; DEFAULT and NOTHING too.',
    ),
    validate: checkIdentities,
  },
  'guardrail.collections.max': count(0, 0, 'Tables that may be captured; 0: any number.'),
  'guardrail.collections.limit.action': choice(['warn', 'fail'], 'What happens when there are more.'),
  'schema.include.list': patterns('Schemas to capture.'),
  'schema.exclude.list': patterns('Schemas not to capture.'),
  'message.prefix.include.list': patterns('Prefixes of logical messages to capture.'),
  'message.prefix.exclude.list': patterns('Prefixes of logical messages not to capture; not together with message.prefix.include.list.'),
  'heartbeat.action.query': optionalText('Statement that is run at each heartbeat; needs heartbeat.interval.ms.'),
  'post.processors': optionalText(
    'Name of a processor whose options have that prefix. NAME.type: ReselectColumnsPostProcessor, which reads values again that the log does not hold.',
  ),
  'time.precision.mode': choice(
    ['adaptive', 'adaptive_time_microseconds', 'connect', 'microseconds', 'nanoseconds', 'isostring'],
    'How dates and times are represented.',
  ),
  'interval.handling.mode': choice(['numeric', 'string'], 'Intervals as microseconds or as ISO 8601 text.'),
  'hstore.handling.mode': choice(['json', 'map'], 'hstore as the text of a JSON object or as a map of texts.'),
  'schema.refresh.mode': choice(
    ['columns_diff', 'columns_diff_exclude_unchanged_toast'],
    'Accepted, without effect: tables are described by the log itself, and unchanged TOAST values never cause another look.',
  ),
  'money.fraction.digits': count(2, 0, 'Fractional digits of the money type.'),
  'include.unknown.datatypes': flag(false, 'Columns of unknown types come as their text; otherwise they are left out, with a warning.'),
  'lsn.flush.mode': choice(
    ['connector', 'manual', 'connector_and_driver'],
    'What is confirmed to the slot. manual: nothing. connector: what is acknowledged, and log that does not concern us, for which Debezium ' +
      'needs connector_and_driver; here both do the same.',
  ),
  'flush.lsn.source': flag(true, 'Older form of lsn.flush.mode: false means manual.'),
  'offset.mismatch.strategy': choice(
    ['fail', 'no_validation', 'trust_offset', 'trust_slot', 'trust_greater_lsn'],
    'A slot that starts after the stored position: fail (default here), or go on from the slot and accept the gap (trust_slot, ' +
      'trust_greater_lsn, no_validation).',
  ),
});

/** Options of Debezium's PostgreSQL connector that are not built. */
const unsupported: readonly UnsupportedOption[] = [
  { key: 'snapshot.isolation.mode', accepts: ['serializable', 'repeatable_read'], instead: 'leave it out: snapshots are repeatable reads' },
  { key: 'xmin.fetch.interval.ms', accepts: ['0'], instead: 'leave it 0' },
  { key: 'database.sslfactory', accepts: [''], instead: 'leave it out' },
  { key: 'lsn.flush.timeout.ms', accepts: ['30000'], instead: 'leave it out: positions are confirmed without waiting' },
  { key: 'lsn.flush.timeout.action', accepts: ['fail'], instead: 'leave it out' },
];

const exclusive = [
  ['schema.include.list', 'schema.exclude.list'],
  ['message.prefix.include.list', 'message.prefix.exclude.list'],
] as const;

/** Problems between keys. */
export const validatePostgres = (config: PostgresConfig, raw: RawConfig): readonly ConfigProblem[] => {
  const problems: ConfigProblem[] = [
    ...validateCdc(config, raw, unsupported),
    ...snapshotProblems(raw),
    ...signalProblems(raw),
    ...reselectProblems(raw),
  ];
  for (const [include, exclude] of exclusive) {
    if (config[include] !== null && config[exclude] !== null) problems.push(excludeEachOther(include, exclude));
  }
  if (config['heartbeat.action.query'] !== null && config['heartbeat.interval.ms'] === 0) {
    problems.push({ key: 'heartbeat.action.query', message: 'Configuration heartbeat.action.query needs heartbeat.interval.ms.' });
  }
  return problems;
};

import {
  cdcKeys,
  checkPatternList,
  choice,
  count,
  excludeEachOther,
  optionalText,
  signalKeys,
  signalProblems,
  snapshotKeys,
  snapshotModes,
  snapshotProblems,
  transactionKeys,
  validateCdc,
  type CdcKeys,
  type Optional,
  type SignalKeys,
  type SnapshotKeys,
  type TransactionKeys,
  type UnsupportedOption,
} from '@headrace/cdc';
import { defineConfig, type ConfigDef, type ConfigKey, type ConfigOf, type ConfigProblem, type RawConfig } from '@headrace/foundation';
import type { Dialect } from './dialect.ts';

type Text = ConfigKey<'STRING'>;

export type MysqlKeys = CdcKeys &
  SnapshotKeys &
  SignalKeys &
  TransactionKeys &
  Readonly<
    Record<'database.hostname' | 'database.user', Text> &
      Record<'database.password', Optional<'PASSWORD'>> &
      Record<'database.port' | 'database.server.id' | 'connect.timeout.ms', ConfigKey<'INT'>> &
      Record<'gtid.source.includes' | 'gtid.source.excludes', Optional<'STRING'>> &
      Record<'database.include.list' | 'database.exclude.list' | 'database.initial.statements', Optional<'STRING'>> &
      Record<'database.ssl.mode' | 'time.precision.mode' | 'bigint.unsigned.handling.mode', Text> &
      Record<'include.query' | 'enable.time.adjuster' | 'include.schema.changes' | 'gtid.source.filter.dml.events', ConfigKey<'BOOLEAN'>>
  >;

export type MysqlConfig = ConfigOf<MysqlKeys>;

const list = (doc: string): Optional<'STRING'> => ({ ...optionalText(doc), validate: checkPatternList });

/** `database.ssl.mode` as each family names it. */
const sslModes: Readonly<Record<Dialect['name'], readonly string[]>> = {
  mysql: ['preferred', 'disabled', 'required', 'verify_ca', 'verify_identity'],
  mariadb: ['disable', 'trust', 'verify-ca', 'verify-full'],
};

/** `never` once meant something else for this connector: the log from its beginning. */
const modes = snapshotModes.filter((mode) => mode !== 'never');
const locks = ['minimal', 'none'];

/** What is captured, and how values look. */
const captureKeys = {
  ...snapshotKeys(modes, locks),
  'snapshot.mode': choice(
    modes,
    'When existing rows are read: initial (no offset yet), initial_only (then idle), no_data (never), when_needed (also when the log is gone), always, configuration_based (as flags say).',
  ),
  'snapshot.locking.mode': choice(
    locks,
    'minimal: the global read lock only while the position is taken (MariaDB seldom needs it); none: no lock, tables must not change their shape meanwhile, and on MySQL one connection reads.',
  ),
  'snapshot.max.threads.multiplier': count(
    1,
    1,
    'Accepted, without effect: connections share a table piece by piece, snapshot.fetch.size rows each.',
  ),
  'max.queue.size.in.bytes': count(0, 0, 'Bytes of the log that one batch is made of, at most; 0: 4 MiB. Nothing is read ahead of it.'),
  'time.precision.mode': choice(
    ['adaptive_time_microseconds', 'connect', 'microseconds', 'nanoseconds', 'isostring'],
    'How dates and times are represented.',
  ),
  'bigint.unsigned.handling.mode': choice(['long', 'precise'], 'BIGINT UNSIGNED as int64 (wraps from 2^63 on) or as a decimal.'),
  'include.query': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'LOW',
    doc: 'Puts the statement into the source block, where the server logs it.',
  },
  'enable.time.adjuster': {
    type: 'BOOLEAN',
    default: 'true',
    importance: 'LOW',
    doc: 'Years 0 to 69 become 2000 to 2069, 70 to 99 become 1970 to 1999.',
  },
  'include.schema.changes': {
    type: 'BOOLEAN',
    default: 'true',
    importance: 'LOW',
    doc: 'Tells statements that change captured tables in a topic named like topic.prefix.',
  },
} as const;

/** Options of the connector, under Debezium's names and with its defaults where nothing else is said. */
export const mysqlConfig = (dialect: Dialect['name']): ConfigDef<MysqlKeys> =>
  defineConfig<MysqlKeys>({
    ...cdcKeys,
    ...signalKeys,
    ...transactionKeys,
    'database.hostname': { type: 'STRING', importance: 'HIGH', doc: 'Host name or address of the server.' },
    'database.port': { type: 'INT', default: '3306', importance: 'HIGH', doc: 'Port of the server.', min: 1, max: 65_535 },
    'database.user': {
      type: 'STRING',
      importance: 'HIGH',
      doc: 'User; needs SELECT, RELOAD, SHOW DATABASES, REPLICATION SLAVE, REPLICATION CLIENT.',
    },
    'database.password': { type: 'PASSWORD', default: null, importance: 'HIGH', doc: 'Password of the user.' },
    'database.server.id': {
      type: 'INT',
      importance: 'HIGH',
      doc: 'Number of this replica, unique among all replicas of the server, other connectors included.',
      min: 1,
    },
    'database.ssl.mode': choice(sslModes[dialect], 'Whether the connection is encrypted, and what of the certificate is verified.'),
    'database.include.list': list('Databases to capture. Comma-separated regular expressions, anchored, case-insensitive.'),
    'database.exclude.list': list('Databases not to capture; not together with database.include.list.'),
    'gtid.source.includes': list(
      'Whose transactions count: UUIDs of MySQL servers, domains of MariaDB. Comma-separated regular expressions. What the server lacks of others, or has purged, does not matter.',
    ),
    'gtid.source.excludes': list('Whose transactions do not count; not together with gtid.source.includes.'),
    'gtid.source.filter.dml.events': {
      type: 'BOOLEAN',
      default: 'true',
      importance: 'LOW',
      doc: 'Passes over the rows of transactions that do not count; false: they count for where to go on only.',
    },
    'database.initial.statements': {
      type: 'STRING',
      default: null,
      importance: 'LOW',
      doc: 'SQL for each new connection, separated by semicolons.',
    },
    'connect.timeout.ms': { type: 'INT', default: '30000', importance: 'LOW', doc: 'Time limit for opening a connection.', min: 1 },
    ...captureKeys,
  });

const off = ['false', ''];
const none = [''];

/** Options of Debezium's MySQL and MariaDB connectors that would have to do something and cannot. */
const unsupported: readonly UnsupportedOption[] = [
  { key: 'gtid.ignore.on.recovery', accepts: off, instead: 'leave it false' },
  { key: 'binlog.buffer.size', accepts: ['0'], instead: 'leave it 0' },
  { key: 'use.nongraceful.disconnect', accepts: off, instead: 'leave it false' },
  { key: 'binlog.net.write.timeout', accepts: ['0'], instead: 'leave it out: the server waits an hour for a task that rests' },
  { key: 'binlog.net.read.timeout', accepts: ['0'], instead: 'leave it out: a server that is silent for 30 seconds is taken for gone' },
  { key: 'connect.keep.alive', accepts: ['true'], instead: 'leave it true: lost connections are always made again' },
  { key: 'connect.keep.alive.interval.ms', accepts: ['60000'], instead: 'leave it out: the server sends a heartbeat each second' },
  { key: 'min.row.count.to.stream.results', accepts: ['1000'], instead: 'leave it out: rows are always streamed' },
  { key: 'database.server.id.offset', accepts: ['10000'], instead: 'leave it out: a connector is one replica' },
  { key: /^database\.(jdbc\.driver|protocol)$/, instead: 'leave it out: there is no JDBC driver here' },
  { key: 'ddl.parser.type', accepts: ['default'], instead: 'leave it out: statements need no grammar here' },
  { key: 'event.deserialization.failure.handling.mode', accepts: ['fail'], instead: 'use fail' },
  { key: 'inconsistent.schema.handling.mode', accepts: ['fail'], instead: 'use fail' },
  { key: /^database\.ssl\.(keystore|truststore)/, accepts: none, instead: 'let NODE_EXTRA_CA_CERTS name the authority' },
];

/** Problems between keys. */
export const validateMysql = (config: MysqlConfig, raw: RawConfig): readonly ConfigProblem[] => {
  const problems = [...validateCdc(config, raw, unsupported), ...signalProblems(raw), ...snapshotProblems(raw)];
  if (raw['database.include.list'] && raw['database.exclude.list']) {
    problems.push(excludeEachOther('database.include.list', 'database.exclude.list'));
  }
  if (raw['gtid.source.includes'] && raw['gtid.source.excludes']) {
    problems.push(excludeEachOther('gtid.source.includes', 'gtid.source.excludes'));
  }
  return problems;
};

import { defineConfig } from '@headrace/foundation';
import { deliveryOptions } from './delivery-options.ts';
import { fieldPatterns } from './record/field-filter.ts';
import { compileTableName } from './record/table-name.ts';

/** Times are written in UTC; nothing else is offered, because a copy in another zone cannot be compared with its source. */
const utcOnly = (value: string): string | undefined =>
  ['utc', 'z', '+00:00', 'etc/utc'].includes(value.toLowerCase()) ? undefined : 'Only UTC is supported';

const only =
  (name: string) =>
  (value: string): string | undefined =>
    value === name || value.endsWith(`.${name}`) ? undefined : `Only ${name} is supported`;

/** Options of Debezium's JDBC sink by its names, and ours at the end. */
export const sqlOptions = defineConfig({
  'connection.url': {
    type: 'STRING',
    importance: 'HIGH',
    group: 'Connection',
    doc: 'Address of the target database: a JDBC URL of PostgreSQL, MySQL or MariaDB, or the same without jdbc:.',
  },
  'connection.username': { type: 'STRING', default: null, importance: 'HIGH', group: 'Connection', doc: 'User to connect as.' },
  'connection.password': { type: 'PASSWORD', default: null, importance: 'HIGH', group: 'Connection', doc: 'Password of that user.' },
  'connection.provider': {
    type: 'STRING',
    default: 'org.hibernate.agroal.internal.AgroalConnectionProvider',
    importance: 'LOW',
    group: 'Connection',
    doc: 'Accepted as its default only: each task holds one connection of its own.',
    validate: only('AgroalConnectionProvider'),
  },
  'connection.pool.min_size': {
    type: 'INT',
    default: '5',
    importance: 'LOW',
    group: 'Connection',
    doc: 'Without effect: each task holds exactly one connection.',
  },
  'connection.pool.max_size': {
    type: 'INT',
    default: '32',
    importance: 'LOW',
    group: 'Connection',
    doc: 'Without effect: each task holds exactly one connection.',
  },
  'connection.pool.timeout': {
    type: 'LONG',
    default: '1800',
    importance: 'LOW',
    group: 'Connection',
    doc: 'Without effect: each task holds exactly one connection.',
  },
  'connection.restart.on.errors': {
    type: 'BOOLEAN',
    default: 'true',
    importance: 'LOW',
    group: 'Connection',
    doc: 'A lost connection is always made again; the stored position keeps a doubtful commit from being repeated.',
  },
  'use.time.zone': {
    type: 'STRING',
    default: 'UTC',
    importance: 'LOW',
    group: 'Connection',
    doc: 'Zone in which times are written: UTC.',
    validate: utcOnly,
  },
  'database.time_zone': {
    type: 'STRING',
    default: 'UTC',
    importance: 'LOW',
    group: 'Connection',
    doc: 'Older name of use.time.zone.',
    validate: utcOnly,
  },
  'insert.mode': {
    type: 'STRING',
    default: 'insert',
    values: ['insert', 'upsert', 'update'],
    ignoreCase: true,
    importance: 'HIGH',
    group: 'Writes',
    doc: 'How a row is written: insert it, insert or replace it by its key (upsert), or change it where it exists (update).',
  },
  'delete.enabled': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'HIGH',
    group: 'Writes',
    doc: 'Apply deletes and tombstones by key. Needs primary.key.mode=record_key.',
  },
  'truncate.enabled': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'MEDIUM',
    group: 'Writes',
    doc: 'Empty the table when the source table was truncated (a DELETE without condition in MySQL, inside the transaction).',
  },
  'primary.key.mode': {
    type: 'STRING',
    default: 'none',
    values: ['none', 'kafka', 'record_key', 'record_value', 'record_header'],
    ignoreCase: true,
    importance: 'HIGH',
    group: 'Writes',
    doc: 'Where key columns come from: nowhere, topic, partition and offset, the record key, fields of the row.',
    validate: (value) => (value.toLowerCase() === 'record_header' ? 'record_header is not supported; use record_key' : undefined),
  },
  'primary.key.fields': {
    type: 'LIST',
    default: '',
    importance: 'HIGH',
    group: 'Writes',
    doc: 'Key columns. record_key: a choice of its fields (all when empty), or the name for a key that is no struct. record_value: required.',
  },
  'use.reduction.buffer': {
    type: 'BOOLEAN',
    default: 'true',
    importance: 'LOW',
    group: 'Writes',
    doc: 'Without effect: where rows have a key, several changes of one key in a batch always become one.',
  },
  'batch.size': {
    type: 'INT',
    default: '2000',
    min: 1,
    max: 100_000,
    importance: 'MEDIUM',
    group: 'Writes',
    doc: 'Records applied in one transaction at most. consumer.override.max.poll.records bounds it too. Debezium: 500.',
  },
  'schema.evolution': {
    type: 'STRING',
    default: 'none',
    values: ['none', 'basic'],
    ignoreCase: true,
    importance: 'HIGH',
    group: 'Tables',
    doc: 'basic: create missing tables and add missing columns; none: a missing table or column fails the task.',
  },
  'collection.name.format': {
    type: 'STRING',
    default: '${topic}',
    importance: 'HIGH',
    group: 'Tables',
    doc: 'Name of the target table: ${topic} (its dots become _), ${source.<field>} of change events, and a dot between schema and table.',
    validate: (value) => compileTableName(value, false).problem,
  },
  'collection.naming.strategy': {
    type: 'STRING',
    default: 'io.debezium.sink.naming.DefaultCollectionNamingStrategy',
    importance: 'LOW',
    group: 'Tables',
    doc: 'DefaultCollectionNamingStrategy, or PassthroughCollectionNamingStrategy to take the topic as table name as it is.',
    validate: (value) =>
      /(?:^|\.)(?:Default|Passthrough)CollectionNamingStrategy$/.test(value)
        ? undefined
        : 'Only DefaultCollectionNamingStrategy and PassthroughCollectionNamingStrategy are supported',
  },
  'collection.table.format': {
    type: 'STRING',
    default: '${table}',
    importance: 'LOW',
    group: 'Tables',
    doc: 'Accepted as its default only; collection.name.format names schema and table.',
    validate: (value) => (value === '${table}' ? undefined : 'Only ${table} is supported; name schema and table in collection.name.format'),
  },
  'column.naming.strategy': {
    type: 'STRING',
    default: 'io.debezium.connector.jdbc.naming.DefaultColumnNamingStrategy',
    importance: 'LOW',
    group: 'Tables',
    doc: 'Accepted as its default only: columns are named like fields.',
    validate: only('DefaultColumnNamingStrategy'),
  },
  'quote.identifiers': {
    type: 'BOOLEAN',
    default: 'true',
    importance: 'MEDIUM',
    group: 'Tables',
    doc: 'Names are always quoted. false: they are written as an unquoted name would be stored, in lower case in PostgreSQL. Debezium: false.',
  },
  'field.include.list': {
    type: 'LIST',
    default: '',
    importance: 'MEDIUM',
    group: 'Tables',
    doc: 'Patterns of the fields to write, on `field` or `topic:field`. Key columns are always written.',
    validate: (value) => fieldPatterns(value).problem,
  },
  'field.exclude.list': {
    type: 'LIST',
    default: '',
    importance: 'MEDIUM',
    group: 'Tables',
    doc: 'Patterns of the fields to leave out, on `field` or `topic:field`.',
    validate: (value) => fieldPatterns(value).problem,
  },
  'flush.max.retries': {
    type: 'INT',
    default: '5',
    min: 0,
    importance: 'LOW',
    group: 'Errors',
    doc: 'Further attempts to open the target at start before it is left alone for target.circuit.open.ms; later target.circuit.failures counts.',
  },
  'flush.retry.delay.ms': {
    type: 'LONG',
    default: '1000',
    min: 0,
    importance: 'LOW',
    group: 'Errors',
    doc: 'Wait between those attempts.',
  },
  'dialect.postgres.postgis.schema': {
    type: 'STRING',
    default: 'public',
    importance: 'LOW',
    group: 'Dialects',
    doc: 'Accepted as its default only: geometry columns are used where the table has them, and created as bytea.',
    validate: only('public'),
  },
  'dialect.postgres.unnest.insert.enabled': {
    type: 'BOOLEAN',
    default: 'true',
    importance: 'LOW',
    group: 'Dialects',
    doc: 'Without effect: rows always travel as arrays, one statement for many.',
  },
  'dialect.sqlserver.identity.insert': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'LOW',
    group: 'Dialects',
    doc: 'Accepted as false only: SQL Server is not supported.',
    validate: (value) => (value ? 'SQL Server is not supported' : undefined),
  },
  'cloud.events.schema.name.pattern': {
    type: 'STRING',
    default: '.*CloudEvents\\.Envelope$',
    importance: 'LOW',
    group: 'Dialects',
    doc: 'Accepted as its default only: CloudEvents are not supported.',
    validate: only('.*CloudEvents\\.Envelope$'),
  },
  ...deliveryOptions,
});

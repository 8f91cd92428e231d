import type { ConnectorConfig } from '../support/rest.ts';

/** Without an adjustment of names, Avro has no room for this one. */
const onlyAvroNames = { 'table.exclude.list': '.*\\.Mixed Case' };

/** As for PostgreSQL: all at once, each with topics and a server id of its own. */
export const mysqlConfigurations: Readonly<Record<string, ConnectorConfig>> = {
  defaults: onlyAvroNames,
  texts: {
    ...onlyAvroNames,
    'decimal.handling.mode': 'string',
    'binary.handling.mode': 'base64',
    'time.precision.mode': 'isostring',
    'bigint.unsigned.handling.mode': 'precise',
    'tombstones.on.delete': 'false',
    'skipped.operations': 'none',
    'extended.headers.enabled': 'false',
    'include.query': 'true',
  },
  doubles: {
    ...onlyAvroNames,
    'decimal.handling.mode': 'double',
    'binary.handling.mode': 'hex',
    'time.precision.mode': 'connect',
    'skipped.operations': 'u',
    'include.schema.comments': 'true',
    'message.key.columns': '.*\\.custom_key:tenant,region;.*\\.no_.*:a',
    'topic.delimiter': '__',
    'enable.time.adjuster': 'false',
  },
  nanos: {
    'time.precision.mode': 'nanoseconds',
    // A moment that nanoseconds cannot hold is null, for which a required column has no room.
    'table.exclude.list': '.*\\.types_required',
    'binary.handling.mode': 'base64-url-safe',
    'skipped.operations': 'c,d',
    'column.exclude.list': '.*\\.two_keys\\.v,.*\\.plain\\.n',
    'schema.name.adjustment.mode': 'avro',
    'field.name.adjustment.mode': 'avro',
  },
  micros: {
    'time.precision.mode': 'microseconds',
    'schema.name.adjustment.mode': 'avro_unicode',
    'field.name.adjustment.mode': 'avro_unicode',
    'snapshot.mode': 'no_data',
    'column.propagate.source.type': '.*',
  },
  told: {
    ...onlyAvroNames,
    'include.schema.changes': 'true',
    'provide.transaction.metadata': 'true',
    // Else the peer tells of every table of the server.
    'schema.history.internal.store.only.captured.tables.ddl': 'true',
  },
};

/** What both get under every configuration. The peer of these servers is older than the one of PostgreSQL. */
export const mysqlCommon: ConnectorConfig = {
  'include.schema.changes': 'false',
  'headrace.reported.version': '3.5.0.Final',
  'event.converting.failure.handling.mode': 'warn',
  'poll.interval.ms': '50',
  'errors.max.retries': '0',
  // All take their snapshots at once.
  'snapshot.lock.timeout.ms': '60000',
};

import type { ConnectorConfig } from '../support/rest.ts';

/** Without an adjustment of names, Avro has no room for this one. */
const onlyAvroNames = { 'table.exclude.list': 'public.Mixed.*' };

/** Options under which both connectors see the same corpus; all at once, each with a slot and topics of its own. */
export const configurations: Readonly<Record<string, ConnectorConfig>> = {
  defaults: onlyAvroNames,
  texts: {
    ...onlyAvroNames,
    'decimal.handling.mode': 'string',
    'binary.handling.mode': 'base64',
    'time.precision.mode': 'isostring',
    'interval.handling.mode': 'string',
    'hstore.handling.mode': 'map',
    'include.unknown.datatypes': 'true',
    'tombstones.on.delete': 'false',
    'skipped.operations': 'none',
    'extended.headers.enabled': 'false',
    'skip.messages.without.change': 'true',
    'provide.transaction.metadata': 'true',
    'column.propagate.source.type': '.*',
  },
  doubles: {
    ...onlyAvroNames,
    'decimal.handling.mode': 'double',
    'binary.handling.mode': 'hex',
    'time.precision.mode': 'connect',
    'include.unknown.datatypes': 'true',
    'skipped.operations': 'u',
    'include.schema.comments': 'true',
    'message.key.columns': 'public.custom_key:tenant,region;public.no_.*:a',
    'unavailable.value.placeholder': 'hex:00ff41',
    'topic.delimiter': '__',
    'topic.naming.strategy': 'io.debezium.schema.DefaultTopicNamingStrategy',
  },
  nanos: {
    'time.precision.mode': 'nanoseconds',
    // The peer has nothing for an unknown old timestamp in nanoseconds, and fails.
    'table.exclude.list': 'public.required',
    'binary.handling.mode': 'base64-url-safe',
    'include.unknown.datatypes': 'true',
    'money.fraction.digits': '3',
    'skipped.operations': 'c,d',
    'message.prefix.exclude.list': 'left.*',
    'column.exclude.list': 'public.two_keys.v,public.plain.n',
    'schema.name.adjustment.mode': 'avro',
    'field.name.adjustment.mode': 'avro',
    'topic.naming.strategy': 'io.debezium.schema.SchemaUnicodeTopicNamingStrategy',
    'datatype.propagate.source.type': '.+\\.(numeric|serial|int4|_text|price)',
    'column.mask.hash.v2.SHA-256.with.salt.pepper': 'public.types_texts.(c_varchar_20|c_text|c_short_text),public.two_keys.a',
    'column.mask.with.5.chars': 'public.types_texts.c_char',
    'column.truncate.to.2.chars': 'public.types_texts.c_(char_5|varchar)',
  },
  micros: {
    'time.precision.mode': 'microseconds',
    'schema.name.adjustment.mode': 'avro_unicode',
    'field.name.adjustment.mode': 'avro_unicode',
    'snapshot.mode': 'no_data',
    'topic.naming.strategy': 'io.debezium.schema.DefaultUnicodeTopicNamingStrategy',
    'table.exclude.list': 'public.types_unknown,public.late',
  },
};

/** Values that the log does not hold are read from their tables. */
export const reselecting: Readonly<Record<string, ConnectorConfig>> = {
  again: {
    'post.processors': 'again',
    'again.type': 'io.debezium.processors.reselect.ReselectColumnsPostProcessor',
    // Whose placeholder the peer does not know for one.
    'again.reselect.columns.exclude.list': 'public.toast_default:ids',
    'include.unknown.datatypes': 'true',
  },
};

/** What both get under every configuration. */
export const common: ConnectorConfig = {
  'publication.name': 'parity',
  'publication.autocreate.mode': 'disabled',
  'schema.include.list': 'public',
  'event.converting.failure.handling.mode': 'warn',
  'poll.interval.ms': '50',
  // A failure is to be seen, not tried again.
  'errors.max.retries': '0',
};

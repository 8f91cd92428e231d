/** Names that Confluent's Protobuf mapping puts into Connect schemas and Protobuf options. */
const namespace = 'io.confluent.connect.protobuf';

export const protobufNames = {
  enumeration: `${namespace}.Enum`,
  enumPrefix: `${namespace}.Enum.`,
  unionPrefix: `${namespace}.Union.`,
  tag: `${namespace}.Tag`,
  decimalPrecision: 'connect.decimal.precision',
  connectType: 'connect.type',
  fieldMeta: '(confluent.field_meta)',
  defaultMessage: 'ConnectDefault',
} as const;

/** Messages that stand for a Connect type, by their full name; where a schema imports them from. */
export const wellKnownTypes = {
  decimal: { message: 'confluent.type.Decimal', file: 'confluent/type/decimal.proto' },
  date: { message: 'google.type.Date', file: 'google/type/date.proto' },
  time: { message: 'google.type.TimeOfDay', file: 'google/type/timeofday.proto' },
  timestamp: { message: 'google.protobuf.Timestamp', file: 'google/protobuf/timestamp.proto' },
} as const;

export const WRAPPERS_FILE = 'google/protobuf/wrappers.proto';
export const META_FILE = 'confluent/meta.proto';

/** Files that registries know without being told, and protobufjs does not have. */
export const knownFiles: Readonly<Record<string, string>> = {
  [META_FILE]: `syntax = "proto3"; package confluent; message Meta { string doc = 1; map<string, string> params = 2; repeated string tags = 3; }`,
  [wellKnownTypes.decimal.file]:
    `syntax = "proto3"; package confluent.type; message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }`,
  [wellKnownTypes.date.file]: `syntax = "proto3"; package google.type; message Date { int32 year = 1; int32 month = 2; int32 day = 3; }`,
  [wellKnownTypes.time.file]:
    `syntax = "proto3"; package google.type; message TimeOfDay { int32 hours = 1; int32 minutes = 2; int32 seconds = 3; int32 nanos = 4; }`,
};

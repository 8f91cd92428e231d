import type { ConnectRecord, Schema, Transform, TransformPlugin } from '@headrace/connector-api';
import { RecordError, type ConfigDef, type ConfigKeys, type RawConfig } from '@headrace/foundation';
import { errors } from '../errors.ts';

/** The half of a record that a transform works on. */
export interface Side {
  readonly name: 'key' | 'value';
  schemaOf(record: ConnectRecord): Schema | null;
  valueOf(record: ConnectRecord): unknown;
  replace<R extends ConnectRecord>(record: R, schema: Schema | null, value: unknown): R;
}

export const keySide: Side = {
  name: 'key',
  schemaOf: (record) => record.keySchema,
  valueOf: (record) => record.key,
  replace: (record, keySchema, key) => ({ ...record, keySchema, key }),
};

export const valueSide: Side = {
  name: 'value',
  schemaOf: (record) => record.valueSchema,
  valueOf: (record) => record.value,
  replace: (record, valueSchema, value) => ({ ...record, valueSchema, value }),
};

const PACKAGE = 'org.apache.kafka.connect.transforms.';
const VERSION = '0.1.0';

/** A transform of Kafka Connect that comes as `$Key` and as `$Value`. */
export const transformOfBothSides = <K extends ConfigKeys>(
  name: string,
  config: ConfigDef<K>,
  create: (raw: RawConfig, side: Side) => Transform,
): readonly TransformPlugin[] =>
  [keySide, valueSide].map((side) => ({
    kind: 'transformation',
    classNames: [`${PACKAGE}${name}$${side === keySide ? 'Key' : 'Value'}`],
    version: VERSION,
    config,
    create: (raw) => create(raw, side),
  }));

/** A transform of Kafka Connect that looks at the whole record. */
export const wholeTransform = <K extends ConfigKeys>(
  name: string,
  config: ConfigDef<K>,
  create: (raw: RawConfig) => Transform,
): TransformPlugin => ({
  kind: 'transformation',
  classNames: [PACKAGE + name],
  version: VERSION,
  config,
  create,
});

/** For settings that need an entry. */
export const notEmpty = (entries: readonly string[] | string): string | undefined =>
  entries.length === 0 || (entries.length === 1 && entries[0] === '') ? 'must not be empty' : undefined;

export const missingField = (transform: string, field: string): RecordError =>
  new RecordError(
    errors.missing_field.code,
    `${transform} refers to the field "${field}", which the record does not have. ${errors.missing_field.hint}`,
  );

export const unsuitable = (transform: string, reason: string): RecordError =>
  new RecordError(errors.unsuitable_record.code, `${transform} cannot handle a record: ${reason}. ${errors.unsuitable_record.hint}`);

import type { ConfigDef, ConfigKeys, RawConfig } from '@headrace/foundation';
import type { BinaryConverter } from './binary-form.ts';
import type { FieldReading } from './field-reading.ts';
import type { Schema, StructSchema } from './schema.ts';

export interface SchemaAndValue {
  readonly schema: Schema | null;
  readonly value: unknown;
}

/** Bytes of one value of one schema. Synchronous: whatever had to be looked up was looked up when the encoder was made. */
export type Encode = (value: unknown) => Uint8Array | null;

/** Names of the fields of a struct that will be read; undefined: all of them. */
export type FieldChoice = (schema: StructSchema) => ReadonlySet<string> | undefined;

/**
 * Turns Connect data into the bytes of a Kafka key or value and back. One instance per task and side; the runtime asks for
 * an encoder once per topic and schema object and keeps it.
 */
export interface Converter {
  /** Given where values can be written without objects: the same bytes as `encoderFor` gives. */
  readonly binary?: BinaryConverter;
  /** Given where structs can be read field by field: the same values as `decode` gives. */
  readonly fields?: FieldReading;
  /**
   * The encoder for values of `schema` in `topic`; registers the schema where there is a registry. RetriableError when the
   * registry cannot be reached, TaskFailure with its reason when it refuses the schema. `schema` null: schemaless data.
   */
  encoderFor(topic: string, schema: Schema | null, signal: AbortSignal): Promise<Encode>;
  /**
   * Decodes; a promise only when a schema has to be fetched first. RecordError when the bytes are not what they should be.
   * The same writer schema always gives the same Schema object.
   */
  decode(topic: string, bytes: Uint8Array | null): SchemaAndValue | Promise<SchemaAndValue>;
  /**
   * Said before the first `decode`: fields of a struct value that are not chosen may come as null, so that what nobody
   * reads need not be made. Concerns the outermost struct only.
   */
  choose?(choice: FieldChoice): void;
}

/** A converter as a value; `isKey` tells which side an instance serves. */
export interface ConverterPlugin {
  readonly kind: 'converter';
  readonly classNames: readonly string[];
  readonly version: string;
  /** Keys without the `key.converter.` / `value.converter.` prefix. */
  readonly config: ConfigDef<ConfigKeys>;
  create(raw: RawConfig, isKey: boolean): Converter;
}

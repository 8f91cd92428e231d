import {
  decimalFormat,
  javaJson,
  parseExact,
  PayloadCodec,
  plainFromJson,
  plainToJson,
  type Converter,
  type ConverterPlugin,
  type Encode,
  type Schema,
  type SchemaAndValue,
} from '@headrace/connector-api';
import { defineConfig, toError, type ConfigOf } from '@headrace/foundation';
import { invalid, parseConfig } from '../parse-config.ts';
import { converterType } from './converter-type.ts';
import { malformed, payloadErrors, schemaFromJson, schemaToJson } from './json-schema.ts';

const keys = {
  'schemas.enable': {
    type: 'BOOLEAN',
    default: 'true',
    importance: 'HIGH',
    doc: 'Put the schema beside each value: {"schema":…,"payload":…}.',
  },
  'schemas.cache.size': { type: 'INT', default: '1000', min: 1, importance: 'HIGH', doc: 'Schemas read from records that are remembered.' },
  'schema.content': {
    type: 'STRING',
    default: null,
    importance: 'HIGH',
    doc: 'A schema in the form of this converter, for records that bring none; with schemas.enable=true, when reading.',
  },
  'decimal.format': decimalFormat,
  'replace.null.with.default': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'LOW',
    doc: "Write a null as the default of its field. Unlike in Kafka Connect the default is false: a copy must hold the source's nulls.",
  },
  ...converterType,
} as const;

const config = defineConfig(keys);

/** Kafka Connect's JSON converter: with the schema in every record, or plain. */
export const jsonConverter: ConverterPlugin = {
  kind: 'converter',
  classNames: ['org.apache.kafka.connect.json.JsonConverter'],
  version: '0.1.0',
  config,
  create: (raw) => new JsonConverter(parseConfig(config, raw)),
};

class JsonConverter implements Converter {
  readonly #isEnveloped: boolean;
  readonly #cacheSize: number;
  readonly #codec: PayloadCodec;
  /** Of every record that is read; undefined when records bring their own. */
  readonly #readSchema: Schema | undefined;
  readonly #schemas = new Map<string, Schema | null>();

  constructor(settings: ConfigOf<typeof keys>) {
    this.#isEnveloped = settings['schemas.enable'];
    this.#cacheSize = settings['schemas.cache.size'];
    this.#codec = new PayloadCodec({
      isDecimalNumeric: settings['decimal.format'].toUpperCase() === 'NUMERIC',
      isNullReplaced: settings['replace.null.with.default'],
      errors: payloadErrors,
    });
    const content = settings['schema.content'] ?? '';
    this.#readSchema = content === '' ? undefined : givenSchema(content, this.#codec);
  }

  encoderFor(_topic: string, schema: Schema | null): Promise<Encode> {
    if (!this.#isEnveloped) return Promise.resolve(this.#plainEncoder(schema));
    if (schema === null) return Promise.resolve((value) => (value === null ? null : envelope('null', plainToJson(value))));
    const text = javaJson(schemaToJson(schema, this.#codec));
    // A tombstone is no bytes; Connect would write an envelope, which log compaction would never remove.
    return Promise.resolve((value) => (value === null ? null : envelope(text, this.#codec.toJson(schema, value))));
  }

  decode(_topic: string, bytes: Uint8Array | null): SchemaAndValue {
    if (bytes === null || bytes.length === 0) return { schema: null, value: null };
    const json = parse(bytes);
    if (!this.#isEnveloped) return { schema: null, value: plainFromJson(json) };
    if (this.#readSchema !== undefined) return { schema: this.#readSchema, value: this.#codec.fromJson(this.#readSchema, json) };
    if (typeof json !== 'object' || json === null || !('schema' in json) || !('payload' in json) || Object.keys(json).length !== 2) {
      throw malformed('with schemas.enable=true a record is an object with the two fields "schema" and "payload"');
    }
    const schema = this.#schemaOf(json.schema);
    return { schema, value: schema === null ? plainFromJson(json.payload) : this.#codec.fromJson(schema, json.payload) };
  }

  #plainEncoder(schema: Schema | null): Encode {
    return (value) => {
      if (value === null) return null;
      return Buffer.from(javaJson(schema === null ? plainToJson(value) : this.#codec.toJson(schema, value)));
    };
  }

  #schemaOf(json: unknown): Schema | null {
    const text = JSON.stringify(json, (_key, value: unknown) => (typeof value === 'bigint' ? `${String(value)}n` : value));
    let schema = this.#schemas.get(text);
    if (schema === undefined) {
      schema = schemaFromJson(json, this.#codec);
      if (this.#schemas.size >= this.#cacheSize) this.#schemas.clear();
      this.#schemas.set(text, schema);
    }
    return schema;
  }
}

const givenSchema = (content: string, codec: PayloadCodec): Schema => {
  try {
    const schema = schemaFromJson(parseExact(content), codec);
    if (schema !== null) return schema;
  } catch (error) {
    throw invalid('schema.content', `Not a schema in the form of JsonConverter: ${toError(error).message}`);
  }
  throw invalid('schema.content', 'The schema is null.');
};

const envelope = (schemaText: string, payload: unknown): Uint8Array =>
  Buffer.from(`{"schema":${schemaText},"payload":${javaJson(payload)}}`);

const parse = (bytes: Uint8Array): unknown => {
  try {
    return parseExact(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    throw malformed(toError(error).message.replace(/, ".*$/s, ''));
  }
};

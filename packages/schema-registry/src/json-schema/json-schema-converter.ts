import {
  javaJson,
  parseExact,
  PayloadCodec,
  type Converter,
  type ConverterPlugin,
  type PayloadErrors,
  type Schema,
} from '@headrace/connector-api';
import { RecordError, toError } from '@headrace/foundation';
import { errors } from '../errors.ts';
import { RegistryClient, type SchemaRegistry } from '../registry-client.ts';
import { HEADER_BYTES, RegistryConverter, type RegistryFormat, type ValueReader } from '../registry-converter.ts';
import { jsonNames } from './json-names.ts';
import { JsonPointers } from './json-pointers.ts';
import { jsonSchemaConverterConfig, jsonSchemaSettings, type JsonSchemaSettings } from './json-schema-config.ts';
import { JsonSchemaReading } from './json-schema-reading.ts';
import { jsonSchemaText } from './json-schema-text.ts';

/** JSON with its schema under a Confluent-compatible registry. */
export const jsonSchemaConverter: ConverterPlugin = {
  kind: 'converter',
  classNames: ['io.confluent.connect.json.JsonSchemaConverter'],
  version: '0.1.0',
  config: jsonSchemaConverterConfig,
  create: (raw, isKey) => {
    const settings = jsonSchemaSettings(raw, isKey);
    return createJsonSchemaConverter(settings, isKey, new RegistryClient(settings));
  },
};

export const createJsonSchemaConverter = (settings: JsonSchemaSettings, isKey: boolean, registry: SchemaRegistry): Converter =>
  new RegistryConverter({
    format: new JsonSchemaFormat(settings),
    settings,
    isKey,
    registry,
    isLatestUsed: settings.isLatestUsed && !settings.isRegistering,
  });

class JsonSchemaFormat implements RegistryFormat {
  readonly format = 'JSON';
  readonly #settings: JsonSchemaSettings;
  readonly #codec: PayloadCodec;

  constructor(settings: JsonSchemaSettings) {
    this.#settings = settings;
    const { isDecimalNumeric, isNullReplaced } = settings;
    this.#codec = new PayloadCodec({
      isDecimalNumeric,
      isNullReplaced,
      hasNamedEntries: true,
      unionName: jsonNames.union,
      errors: payloadErrors,
    });
  }

  schemaText(schema: Schema): string {
    return jsonSchemaText(schema, { isOpen: this.#settings.isOpen, codec: this.#codec });
  }

  writerOf(schema: Schema, id: number): (value: unknown) => Uint8Array {
    const codec = this.#codec;
    return (value) => {
      const text = javaJson(codec.toJson(schema, value));
      const bytes = Buffer.allocUnsafe(HEADER_BYTES + Buffer.byteLength(text));
      bytes[0] = 0;
      bytes.writeUInt32BE(id, 1);
      bytes.write(text, HEADER_BYTES);
      return bytes;
    };
  }

  readerOf(text: string, imports: ReadonlyMap<string, string>): ValueReader {
    const document = parse(text, 'A JSON Schema');
    const documents = new Map([...imports].map(([name, imported]) => [name, parse(imported, `The JSON Schema "${name}"`)]));
    const { isNonRequiredOptional } = this.#settings;
    const codec = this.#codec;
    const schema = new JsonSchemaReading(new JsonPointers(document, documents), { isNonRequiredOptional, codec }).schema(document, false);
    const read: ValueReader['read'] = (bytes) => ({
      schema,
      value: codec.fromJson(
        schema,
        parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8', HEADER_BYTES), 'A record'),
      ),
    });
    return { schema, read };
  }
}

const payloadErrors: PayloadErrors = {
  malformed: (reason) => new RecordError(errors.malformed_record.code, `JSON is not what its schema says: ${reason}.`),
  unencodable: (reason, cause) => new RecordError(errors.unencodable_value.code, `${reason}.`, { cause }),
};

const parse = (text: string, what: string): unknown => {
  try {
    return parseExact(text);
  } catch (error) {
    throw new RecordError(errors.malformed_record.code, `${what} is not JSON: ${toError(error).message.replace(/, ".*$/s, '')}.`);
  }
};

import type { BinaryConverter, Converter, ConverterPlugin, Encode, FieldChoice, Schema, SchemaAndValue } from '@headrace/connector-api';
import { RecordError } from '@headrace/foundation';
import { avroConverterConfig, avroConverterSettings, type AvroConverterSettings } from './avro-converter-config.ts';
import { compileAvroReader, type CompiledReader } from './avro-decoder.ts';
import { avroForm } from './avro-form.ts';
import { AvroInput, malformed } from './avro-input.ts';
import { AvroOutput } from './avro-output.ts';
import { avroSchemaText } from './avro-schema.ts';
import { parseAvroSchema } from './avro-type.ts';
import { errors } from './errors.ts';
import { RegistryClient, type SchemaRegistry } from './registry-client.ts';

/** Avro under a Confluent-compatible registry, for keys and values, under Confluent's, Apicurio's and our own class name. */
export const avroConverter: ConverterPlugin = {
  kind: 'converter',
  classNames: [
    'io.confluent.connect.avro.AvroConverter',
    'io.apicurio.registry.utils.converter.AvroConverter',
    'io.headrace.avro.AvroConverter',
  ],
  version: '0.1.0',
  config: avroConverterConfig,
  create: (raw, isKey) => {
    const settings = avroConverterSettings(raw, isKey);
    return new AvroConverter(settings, isKey, new RegistryClient(settings));
  },
};

const HEADER_BYTES = 5;
/** Texts of registered schemas that are remembered per converter: a source with more tables asks the registry again. */
const KNOWN_IDS = 10_000;

/**
 * Connect data <-> `0x00`, schema id (4 bytes), Avro binary. A schema object is rendered, registered and compiled when its
 * encoder is asked for; a changed table brings a new schema object and so a new version of the subject.
 */
export class AvroConverter implements Converter {
  readonly binary: BinaryConverter;
  readonly #settings: AvroConverterSettings;
  readonly #isKey: boolean;
  readonly #registry: SchemaRegistry;
  readonly #output = new AvroOutput();
  readonly #input = new AvroInput();
  readonly #texts = new WeakMap<Schema, string>();
  readonly #encoders = new WeakMap<Schema, Map<string, Encode>>();
  readonly #ids = new Map<string, number>();
  readonly #readers = new Map<number, CompiledReader>();
  readonly #readersByText = new Map<string, CompiledReader>();
  #choice: FieldChoice | undefined;

  constructor(settings: AvroConverterSettings, isKey: boolean, registry: SchemaRegistry) {
    this.#settings = settings;
    this.#isKey = isKey;
    this.#registry = registry;
    this.binary = {
      form: avroForm(settings.isEnhanced),
      headerOf: (topic, schema, signal) => this.#headerOf(topic, schema, signal),
    };
  }

  async encoderFor(topic: string, schema: Schema | null, signal: AbortSignal): Promise<Encode> {
    if (schema === null) return encodeNull;
    let encoders = this.#encoders.get(schema);
    if (encoders === undefined) this.#encoders.set(schema, (encoders = new Map<string, Encode>()));
    let encode = encoders.get(topic);
    if (encode === undefined) encoders.set(topic, (encode = await this.#makeEncoder(topic, schema, signal)));
    return encode;
  }

  choose(choice: FieldChoice): void {
    this.#choice = choice;
  }

  decode(topic: string, bytes: Uint8Array | null): SchemaAndValue | Promise<SchemaAndValue> {
    if (bytes === null) return { schema: null, value: null };
    if (bytes.length < HEADER_BYTES || bytes[0] !== 0) {
      throw malformed(`a ${this.#isKey ? 'key' : 'value'} of topic "${topic}" does not begin with 0 and a schema id`);
    }
    const id = (((bytes[1] ?? 0) << 24) | ((bytes[2] ?? 0) << 16) | ((bytes[3] ?? 0) << 8) | (bytes[4] ?? 0)) >>> 0;
    const reader = this.#readers.get(id);
    return reader === undefined ? this.#fetchReader(id).then((fetched) => this.#read(fetched, bytes)) : this.#read(reader, bytes);
  }

  #read(reader: CompiledReader, bytes: Uint8Array): SchemaAndValue {
    this.#input.open(bytes, HEADER_BYTES);
    const value = reader.read(this.#input);
    if (this.#input.remaining > 0) throw malformed(`${String(this.#input.remaining)} bytes are left over`);
    return { schema: reader.schema, value };
  }

  async #makeEncoder(topic: string, schema: Schema, signal: AbortSignal): Promise<Encode> {
    const write = this.binary.form.writerOf(schema);
    const id = await this.#registeredId(topic, schema, signal);
    const output = this.#output;
    const isOptional = schema.isOptional;
    return (value) => {
      // A tombstone is no bytes at all, whatever the schema says.
      if (value === null && (isOptional || !this.#isKey)) return null;
      output.begin();
      output.header(id);
      write(output, value);
      return output.end();
    };
  }

  async #headerOf(topic: string, schema: Schema, signal: AbortSignal): Promise<Uint8Array> {
    const output = new AvroOutput(HEADER_BYTES);
    output.header(await this.#registeredId(topic, schema, signal));
    return new Uint8Array(output.end());
  }

  #registeredId(topic: string, schema: Schema, signal: AbortSignal): Promise<number> {
    return this.#idOf(this.#settings.subjectName(topic, schema, this.#isKey), this.#textOf(schema), signal);
  }

  #textOf(schema: Schema): string {
    let text = this.#texts.get(schema);
    if (text === undefined) {
      const { isAnnotated, isEnhanced } = this.#settings;
      text = avroSchemaText(schema, { isAnnotated, isEnhanced });
      this.#texts.set(schema, text);
    }
    return text;
  }

  async #idOf(subject: string, text: string, signal: AbortSignal): Promise<number> {
    const key = `${subject}\n${text}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const registry = this.#registry;
    const id = await (this.#settings.isRegistering ? registry.register(subject, text, signal) : registry.idOf(subject, text, signal));
    if (this.#ids.size >= KNOWN_IDS) this.#ids.clear();
    this.#ids.set(key, id);
    return id;
  }

  /** Two ids of one text (subjects of their own in some registries) share a reader, so that they share the Schema object. */
  async #fetchReader(id: number): Promise<CompiledReader> {
    // The client's own deadline ends the call: `decode` has no signal.
    const text = await this.#registry.schemaText(id, new AbortController().signal);
    const { isEnhanced } = this.#settings;
    const reader = this.#readersByText.get(text) ?? compileAvroReader(parseAvroSchema(text), { isEnhanced, choice: this.#choice });
    this.#readersByText.set(text, reader);
    this.#readers.set(id, reader);
    return reader;
  }
}

const encodeNull: Encode = (value) => {
  if (value === null || value === undefined) return null;
  throw new RecordError(
    errors.unencodable_value.code,
    'A value without a schema cannot be written as Avro. Give it one, or use the JSON converter with schemas.enable=false.',
  );
};

import type {
  AppendValue,
  BinaryConverter,
  Converter,
  ConverterPlugin,
  Encode,
  FieldChoice,
  FieldReading,
  ReadFields,
  Schema,
  SchemaAndValue,
  StructSchema,
  StructTarget,
} from '@headrace/connector-api';
import { RegistryClient, type SchemaRegistry } from '../registry-client.ts';
import { encodeNull, HEADER_BYTES, RegistryConverter, type RegistryFormat, type ValueReader } from '../registry-converter.ts';
import { avroConverterConfig, avroConverterSettings, type AvroConverterSettings } from './avro-converter-config.ts';
import { compileAvroReader } from './avro-decoder.ts';
import { compileFieldReader } from './avro-field-reader.ts';
import { avroForm } from './avro-form.ts';
import { AvroInput, malformed } from './avro-input.ts';
import { AvroOutput } from './avro-output.ts';
import { avroSchemaText } from './avro-schema.ts';
import { parseAvroSchema, type AvroType } from './avro-type.ts';
import { isSameLayout } from './same-layout.ts';

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

/** Connect data <-> `0x00`, schema id, Avro binary; and the ways in which a source may write and a sink read that without objects. */
export class AvroConverter implements Converter {
  readonly binary: BinaryConverter;
  readonly fields: FieldReading;
  readonly #format: AvroFormat;
  readonly #converter: RegistryConverter;

  constructor(settings: AvroConverterSettings, isKey: boolean, registry: SchemaRegistry) {
    const form = avroForm(settings.isEnhanced);
    this.#format = new AvroFormat(settings, form);
    this.#converter = new RegistryConverter({
      format: this.#format,
      settings,
      isKey,
      registry,
      isLatestUsed: settings.isLatestUsed && !settings.isRegistering,
    });
    this.binary = {
      form,
      appenderFor: (topic, schema, signal) => this.#appenderFor(topic, schema, signal),
      headerOf: (topic, schema, signal) => this.#headerOf(topic, schema, signal),
    };
    this.fields = {
      schemaOf: (bytes, start, end) => this.#converter.knownReader(bytes, start, end)?.schema,
      compile: (schema, target) => this.#format.compile(schema, target),
    };
  }

  encoderFor(topic: string, schema: Schema | null, signal: AbortSignal): Promise<Encode> {
    return this.#converter.encoderFor(topic, schema, signal);
  }

  choose(choice: FieldChoice): void {
    this.#format.choose(choice);
  }

  decode(topic: string, bytes: Uint8Array | null): SchemaAndValue | Promise<SchemaAndValue> {
    return this.#converter.decode(topic, bytes);
  }

  async #appenderFor(topic: string, schema: Schema | null, signal: AbortSignal): Promise<AppendValue> {
    if (schema === null) return appendNull;
    const header = await this.#headerOf(topic, schema, signal);
    const write = this.binary.form.writerOf(schema);
    const isNothing = this.#converter.isNullNothing(schema);
    return (output, value) => {
      if (value === null && isNothing) return false;
      output.raw(header);
      write(output, value);
      return true;
    };
  }

  async #headerOf(topic: string, schema: Schema, signal: AbortSignal): Promise<Uint8Array> {
    const output = new AvroOutput(HEADER_BYTES);
    output.header(await this.#converter.registeredId(topic, schema, signal));
    return new Uint8Array(output.end());
  }
}

const appendNull: AppendValue = (_output, value) => encodeNull(value) !== null;

class AvroFormat implements RegistryFormat {
  readonly format = 'AVRO';
  readonly #settings: AvroConverterSettings;
  readonly #form: BinaryConverter['form'];
  readonly #output = new AvroOutput();
  readonly #input = new AvroInput();
  readonly #types = new WeakMap<Schema, AvroType>();
  #choice: FieldChoice | undefined;

  constructor(settings: AvroConverterSettings, form: BinaryConverter['form']) {
    this.#settings = settings;
    this.#form = form;
  }

  choose(choice: FieldChoice): void {
    this.#choice = choice;
  }

  schemaText(schema: Schema): string {
    return avroSchemaText(schema, this.#settings);
  }

  fits(registered: string, own: string): boolean {
    return isSameLayout(parseAvroSchema(registered), parseAvroSchema(own));
  }

  writerOf(schema: Schema, id: number): (value: unknown) => Uint8Array {
    const write = this.#form.writerOf(schema);
    const output = this.#output;
    return (value) => {
      output.begin();
      output.header(id);
      write(output, value);
      return output.end();
    };
  }

  readerOf(text: string): ValueReader {
    const { isEnhanced } = this.#settings;
    const type = parseAvroSchema(text);
    const { schema, read } = compileAvroReader(type, { isEnhanced, choice: this.#choice });
    this.#types.set(schema, type);
    const readWhole = this.#whole((input) => ({ schema, value: read(input) }));
    return { schema, read: (bytes) => readWhole(bytes, 0, bytes.length) };
  }

  compile(schema: StructSchema, target: StructTarget): ReadFields | undefined {
    const type = this.#types.get(schema);
    if (type === undefined) throw new TypeError('The schema is not one of this converter.');
    const read = compileFieldReader(type, schema, target);
    return read === undefined ? undefined : this.#whole(read);
  }

  /** Of a value, header and all: nothing may be left over. */
  #whole<T>(read: (input: AvroInput) => T): (bytes: Uint8Array, start: number, end: number) => T {
    const input = this.#input;
    return (bytes, start, end) => {
      input.open(bytes, start + HEADER_BYTES, end);
      const value = read(input);
      if (input.remaining > 0) throw malformed(`${String(input.remaining)} bytes are left over`);
      return value;
    };
  }
}

import type { Converter, Encode, Schema, SchemaAndValue } from '@headrace/connector-api';
import { RecordError, TaskFailure } from '@headrace/foundation';
import { errors } from './errors.ts';
import type { RegisteredSchema, SchemaFormat, SchemaRegistry } from './registry-client.ts';
import type { RegistrySettings } from './registry-settings.ts';

/** What lies between the registry's five bytes and a value: one format of schemas and data. */
export interface RegistryFormat {
  readonly format: SchemaFormat;
  /** The schema as it is registered. TaskFailure `registry.unsupported_schema` when the format has no such thing. */
  schemaText(schema: Schema): string;
  /** Whether values of our own schema may be written under a registered one. Left out: they may. */
  fits?(registered: string, own: string): boolean;
  /** Writes values, header included. It is never asked to write a null that stands for no bytes. */
  writerOf(schema: Schema, id: number): (value: unknown) => Uint8Array;
  /** Reads what was written with a registered schema. `imports` are the schemas it refers to, by the name it gives them. */
  readerOf(text: string, imports: ReadonlyMap<string, string>): ValueReader;
}

/** Reads values of one registered schema. The same schema always gives the same Schema object. */
export interface ValueReader {
  /** Of all values; left out where the registered schema holds several. */
  readonly schema?: Schema;
  /** `bytes`: header and all. */
  readonly read: (bytes: Uint8Array) => SchemaAndValue;
}

export interface RegistryConverterOptions {
  readonly format: RegistryFormat;
  readonly settings: RegistrySettings;
  readonly isKey: boolean;
  readonly registry: SchemaRegistry;
  /** Write under the id of the subject's latest schema, where the format says that it fits. Default false. */
  readonly isLatestUsed?: boolean;
}

export const HEADER_BYTES = 5;
/** Texts of registered schemas that are remembered per converter: a source with more tables asks the registry again. */
const KNOWN_IDS = 10_000;
/** Imports of imports that are followed. */
const IMPORT_DEPTH = 20;

/**
 * Connect data <-> `0x00`, schema id (4 bytes), the format's bytes. A schema object is rendered, registered and compiled when its
 * encoder is asked for; a changed table brings a new schema object and so a new version of the subject.
 */
export class RegistryConverter implements Converter {
  readonly #options: RegistryConverterOptions;
  readonly #texts = new WeakMap<Schema, string>();
  readonly #encoders = new WeakMap<Schema, Map<string, Encode>>();
  readonly #ids = new Map<string, number>();
  readonly #readers = new Map<number, ValueReader>();
  readonly #readersByText = new Map<string, ValueReader>();

  constructor(options: RegistryConverterOptions) {
    this.#options = options;
  }

  async encoderFor(topic: string, schema: Schema | null, signal: AbortSignal): Promise<Encode> {
    if (schema === null) return encodeNull;
    let encoders = this.#encoders.get(schema);
    if (encoders === undefined) this.#encoders.set(schema, (encoders = new Map<string, Encode>()));
    let encode = encoders.get(topic);
    if (encode === undefined) encoders.set(topic, (encode = await this.#makeEncoder(topic, schema, signal)));
    return encode;
  }

  decode(topic: string, bytes: Uint8Array | null): SchemaAndValue | Promise<SchemaAndValue> {
    if (bytes === null) return { schema: null, value: null };
    const reader = this.knownReader(bytes, 0, bytes.length);
    if (reader !== undefined) return reader.read(bytes);
    if (!hasHeader(bytes, 0, bytes.length)) {
      const side = this.#options.isKey ? 'key' : 'value';
      throw new RecordError(errors.malformed_record.code, `A ${side} of topic "${topic}" does not begin with 0 and a schema id.`);
    }
    return this.#fetchReader(idAt(bytes, 0)).then(({ read }) => read(bytes));
  }

  /** The reader of the value at [start, end), unless its schema has to be fetched first or it has none. */
  knownReader(bytes: Uint8Array, start: number, end: number): ValueReader | undefined {
    return hasHeader(bytes, start, end) ? this.#readers.get(idAt(bytes, start)) : undefined;
  }

  /** The id under which values of the schema are written to the topic. */
  async registeredId(topic: string, schema: Schema, signal: AbortSignal): Promise<number> {
    const { settings, isKey, format, registry, isLatestUsed = false } = this.#options;
    const subject = settings.subjectName(topic, schema, isKey);
    const text = this.#textOf(schema);
    const key = `${subject}\n${text}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const subjectSchema = { format: format.format, text };
    const id = await (isLatestUsed
      ? this.#latestId(subject, text, signal)
      : settings.isRegistering
        ? registry.register(subject, subjectSchema, signal)
        : registry.idOf(subject, subjectSchema, signal));
    if (this.#ids.size >= KNOWN_IDS) this.#ids.clear();
    this.#ids.set(key, id);
    return id;
  }

  /** TaskFailure `registry.latest_differs` when our bytes would not be those of the schema. */
  async #latestId(subject: string, text: string, signal: AbortSignal): Promise<number> {
    const { format, registry } = this.#options;
    const id = await registry.latestId(subject, signal);
    if (format.fits === undefined || format.fits((await registry.schema(id, signal)).text, text)) return id;
    const { code, meaning, hint } = errors.latest_differs;
    throw new TaskFailure(code, `Subject "${subject}": ${meaning} ${hint}`, { fields: { subject, id } });
  }

  /** A tombstone is no bytes at all, whatever its schema says. */
  isNullNothing(schema: Schema): boolean {
    return schema.isOptional || !this.#options.isKey;
  }

  async #makeEncoder(topic: string, schema: Schema, signal: AbortSignal): Promise<Encode> {
    const write = this.#options.format.writerOf(schema, await this.registeredId(topic, schema, signal));
    const isNothing = this.isNullNothing(schema);
    return (value) => (value === null && isNothing ? null : write(value));
  }

  #textOf(schema: Schema): string {
    let text = this.#texts.get(schema);
    if (text === undefined) this.#texts.set(schema, (text = this.#options.format.schemaText(schema)));
    return text;
  }

  /** Two ids of one text (subjects of their own in some registries) share a reader, so that they share the Schema object. */
  async #fetchReader(id: number): Promise<ValueReader> {
    const { format, registry } = this.#options;
    // The client's own deadline ends the calls: `decode` has no signal.
    const { signal } = new AbortController();
    const schema = await registry.schema(id, signal);
    if (schema.format !== format.format) {
      throw new RecordError(errors.malformed_record.code, `Schema id ${String(id)} is of type ${schema.format}, not ${format.format}.`);
    }
    const imports = new Map<string, string>();
    await this.#import(schema, imports, signal);
    const key = JSON.stringify([schema.text, ...imports]);
    const reader = this.#readersByText.get(key) ?? format.readerOf(schema.text, imports);
    this.#readersByText.set(key, reader);
    this.#readers.set(id, reader);
    return reader;
  }

  async #import(schema: RegisteredSchema, imports: Map<string, string>, signal: AbortSignal, depth = 0): Promise<void> {
    for (const reference of depth < IMPORT_DEPTH ? schema.references : []) {
      if (imports.has(reference.name)) continue;
      const imported = await this.#options.registry.version(reference, signal);
      imports.set(reference.name, imported.text);
      await this.#import(imported, imports, signal, depth + 1);
    }
  }
}

const hasHeader = (bytes: Uint8Array, start: number, end: number): boolean => end - start >= HEADER_BYTES && bytes[start] === 0;

/** Behind the zero. */
const idAt = (bytes: Uint8Array, start: number): number =>
  (((bytes[start + 1] ?? 0) << 24) | ((bytes[start + 2] ?? 0) << 16) | ((bytes[start + 3] ?? 0) << 8) | (bytes[start + 4] ?? 0)) >>> 0;

/** Without a schema there is nothing but null. */
export const encodeNull: Encode = (value) => {
  if (value === null || value === undefined) return null;
  throw new RecordError(
    errors.unencodable_value.code,
    'A value without a schema cannot be written under a schema registry. Give it one, or use the JSON converter with schemas.enable=false.',
  );
};

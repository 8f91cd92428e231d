import {
  parseExact,
  PayloadCodec,
  plainFromJson,
  plainToJson,
  type ConnectRecord,
  type Header,
  type PredicatePlugin,
  type Schema,
  type SinkRecord,
  type TransformPlugin,
} from '@headrace/connector-api';
import { hasReaction } from '@headrace/foundation';
import { readFileSync } from 'node:fs';
import { payloadErrors, schemaFromJson, schemaToJson } from '../converters/json-schema.ts';

/** A key, value or header: a schema (or the name of one in the file) and its value, as JsonConverter writes them. */
export interface Envelope {
  readonly schema: unknown;
  readonly payload: unknown;
}

interface GoldenRecord {
  readonly topic?: string;
  readonly partition?: number;
  /** Present in records read from Kafka, that is: before a sink. */
  readonly offset?: number | bigint;
  readonly key: Envelope | null;
  readonly value: Envelope | null;
  readonly headers?: readonly (readonly [string, Envelope])[];
  readonly timestamp?: number;
}

/** One plugin with one configuration, over some records. `golden/README.md` says how the expectations were made. */
export interface GoldenCase {
  readonly name: string;
  readonly class: string;
  readonly config: Readonly<Record<string, string>>;
  /** Records, or names of records in the file. */
  readonly records: readonly (string | GoldenRecord)[];
  /** What becomes of each record; `{ error }` where the original throws. */
  readonly expected?: readonly unknown[];
  /** The exception with which the original refuses the configuration. */
  readonly refused?: string;
}

export interface GoldenFile {
  readonly cases: readonly GoldenCase[];
  recordOf(record: string | GoldenRecord): ConnectRecord;
}

export const readGoldenFile = (name: string): GoldenFile => {
  const lines = readFileSync(new URL(`golden/${name}`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parseExact(line) as Record<string, unknown>);
  const schemas = (lines.find((line) => 'schemas' in line)?.['schemas'] ?? {}) as Readonly<Record<string, unknown>>;
  const records = (lines.find((line) => !('class' in line) && 'records' in line)?.['records'] ?? {}) as Readonly<
    Record<string, GoldenRecord>
  >;
  const schemaOf = (schema: unknown): Schema | null =>
    schemaFromJson(resolved(typeof schema === 'string' ? schemas[schema] : schema, schemas), codec);
  return {
    cases: lines.filter((line) => 'class' in line) as unknown as readonly GoldenCase[],
    recordOf: (record) => {
      const found = typeof record === 'string' ? records[record] : record;
      if (found === undefined) throw new Error('The golden file has no such record.');
      return recordFrom(found, schemaOf);
    },
  };
};

export const codec = new PayloadCodec({ isDecimalNumeric: false, isNullReplaced: false, errors: payloadErrors });

/** `{ "$ref": name, ... }` stands for a schema of the file with some of its properties set. */
const resolved = (schema: unknown, schemas: Readonly<Record<string, unknown>>): unknown => {
  if (Array.isArray(schema)) return schema.map((item) => resolved(item, schemas));
  if (typeof schema !== 'object' || schema === null) return schema;
  const { $ref: name, ...rest } = schema as Readonly<Record<string, unknown>>;
  const own = Object.fromEntries(Object.entries(rest).map(([key, item]) => [key, resolved(item, schemas)]));
  return typeof name === 'string' ? { ...(resolved(schemas[name], schemas) as object), ...own } : own;
};

/** The schema and value of an envelope. */
export const readEnvelope = (envelope: Envelope | null, schemaOf: SchemaOf = (json) => schemaFromJson(json, codec)) => {
  const schema = envelope === null ? null : schemaOf(envelope.schema);
  const payload = envelope?.payload ?? null;
  return { schema, value: schema === null ? plainFromJson(payload) : codec.fromJson(schema, payload) };
};

type SchemaOf = (schema: unknown) => Schema | null;

const recordFrom = (golden: GoldenRecord, schemaOf: SchemaOf): ConnectRecord => {
  const read = (envelope: Envelope | null) => readEnvelope(envelope, schemaOf);
  const key = read(golden.key);
  const value = read(golden.value);
  const { topic = 't', partition, offset } = golden;
  const record: ConnectRecord = {
    topic,
    partition,
    keySchema: key.schema,
    key: key.value,
    valueSchema: value.schema,
    value: value.value,
    headers: (golden.headers ?? []).map(([name, envelope]): Header => ({ key: name, ...read(envelope) })),
    timestamp: golden.timestamp,
  };
  if (offset === undefined) return record;
  const position = { topic, partition: partition ?? 0, offset: BigInt(offset) };
  const sinkRecord: SinkRecord = { ...record, ...position, original: position };
  return sinkRecord;
};

const isError = (outcome: unknown): outcome is { readonly error: string } =>
  typeof outcome === 'object' && outcome !== null && 'error' in outcome;

const NULL_DEFAULT = 'replace.null.with.default';

/** What a plugin makes of the records of a case, in the form of `expected`. */
export const outcomesOf = (plugin: TransformPlugin | PredicatePlugin, golden: GoldenCase, file: GoldenFile): readonly unknown[] => {
  // The original's default of this key is true.
  const isOfKafka = golden.class.startsWith('org.apache.kafka.');
  const defaults = isOfKafka && NULL_DEFAULT in plugin.config.keys ? { [NULL_DEFAULT]: 'true' } : {};
  const apply = plugin.create({ ...defaults, ...golden.config });
  return golden.records.map((record) => {
    try {
      const result = apply(file.recordOf(record));
      return typeof result === 'boolean' ? result : result === null ? null : ordered(rendered(result));
    } catch (error) {
      if (hasReaction(error, 'record')) return { error: 'RecordError' };
      throw error;
    }
  });
};

/** The original's exceptions have many names; here there is one for what a record cannot go through. */
export const normalised = (expected: readonly unknown[]): readonly unknown[] =>
  expected.map((outcome) => (isError(outcome) ? { error: 'RecordError' } : ordered(outcome)));

const rendered = (record: ConnectRecord): unknown => ({
  topic: record.topic,
  ...(record.partition === undefined ? {} : { partition: record.partition }),
  key: envelopeText(record.keySchema, record.key),
  value: envelopeText(record.valueSchema, record.value),
  ...(record.headers.length === 0 ? {} : { headers: record.headers.map(({ key, schema, value }) => [key, envelopeText(schema, value)]) }),
  ...(record.timestamp === undefined ? {} : { timestamp: record.timestamp }),
});

/** Data without a schema has no order of keys: Java's maps shuffle them. */
const sorted = (json: unknown): unknown => {
  if (Array.isArray(json)) return json.map(sorted);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json)
      .map(([key, item]) => [key, sorted(item)] as const)
      .toSorted(([left], [right]) => (left < right ? -1 : 1)),
  );
};

export const ordered = (json: unknown): unknown => {
  if (Array.isArray(json)) return json.map(ordered);
  if (typeof json === 'string' && json.startsWith('{"schema":null,')) return JSON.stringify(sorted(JSON.parse(json)));
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, item]) => [key, ordered(item)]));
};

export const envelopeText = (schema: Schema | null, value: unknown): string | null => {
  if (schema === null && value === null) return null;
  const payload = value === null ? null : schema === null ? plainToJson(value) : codec.toJson(schema, value);
  return JSON.stringify({ schema: schema === null ? null : schemaToJson(schema, codec), payload });
};

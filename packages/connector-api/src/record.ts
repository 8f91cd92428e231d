import type { Schema } from './schema.ts';

/** A header: unlike in Kafka, typed until the header converter has seen it. */
export interface Header {
  readonly key: string;
  readonly schema: Schema | null;
  readonly value: unknown;
}

/** What transforms see: the part that source and sink records share. Transforms return a new record, never change one. */
export interface ConnectRecord {
  readonly topic: string;
  /** Kafka partition; undefined lets the partitioner choose (by key hash). */
  readonly partition: number | undefined;
  readonly keySchema: Schema | null;
  readonly key: unknown;
  readonly valueSchema: Schema | null;
  /** null is a tombstone. */
  readonly value: unknown;
  readonly headers: readonly Header[];
  /** Milliseconds since the epoch; undefined lets the producer stamp it. */
  readonly timestamp: number | undefined;
}

export type SourceRecord = ConnectRecord;

export interface SinkRecord extends ConnectRecord {
  readonly partition: number;
  readonly offset: bigint;
  /** Where the record was read; stays as it was when a transform renames the topic. */
  readonly original: { readonly topic: string; readonly partition: number; readonly offset: bigint };
}

/** JSON without floating point surprises: integers beyond 2^53 are bigint. */
export type JsonValue = string | number | bigint | boolean | null | readonly JsonValue[] | JsonMap;
export interface JsonMap {
  readonly [key: string]: JsonValue;
}

/**
 * Where a source resumes: Connect's source partition and source offset. What is in the maps is the connector's business,
 * the bytes in the offsets topic are Kafka Connect's.
 */
export interface SourcePosition {
  readonly partition: JsonMap;
  /** null drops the stored offset of that partition. */
  readonly offset: JsonMap | null;
}

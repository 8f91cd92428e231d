import type { Schema, StructSchema } from './schema.ts';

/**
 * Takes what stands in one field, one call per record, so that the record needs no object: the mirror image of `ValueOutput`.
 * Throwing gives up the record.
 */
export interface FieldTarget {
  /** Null. */
  none(): void;
  /** An int8 to int64 that is a safe integer, a float or a double. */
  number(value: number): void;
  /** The string whose UTF-8 bytes stand at [start, end) of `source`, which is not to be kept. */
  text(source: Uint8Array, start: number, end: number): void;
  /** Anything else, in Connect's physical form. */
  value(value: unknown): void;
}

/** Takes a struct field by field, in the order of its schema; null for a field that is passed over. */
export interface StructTarget {
  readonly fields: readonly (FieldTarget | StructTarget | null)[];
  /** The struct itself is null. */
  none(): void;
}

/** Reads the value at [start, end) into the target it was compiled for. RecordError when the bytes are not what they should be. */
export type ReadFields = (bytes: Uint8Array, start: number, end: number) => void;

/** What a converter offers whose values can be read field by field. */
export interface FieldReading {
  /** The object that `decode` would give as the schema of the value at [start, end); undefined while only `decode` can find it out. */
  schemaOf(bytes: Uint8Array, start: number, end: number): Schema | undefined;
  /** `schema`: as `schemaOf` gave it. undefined where a struct that `target` takes apart does not stand in the bytes field by field. */
  compile(schema: StructSchema, target: StructTarget): ReadFields | undefined;
}

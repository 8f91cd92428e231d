import type { Schema } from '@headrace/connector-api';
import type { BinaryMode, DecimalMode, TimePrecisionMode } from '@headrace/cdc';
import type { RowBytes } from './row-bytes.ts';

/** Turns the text form of a value, at [start, end) of the row's buffer, into its physical value. Nothing keeps the bytes. */
export type Decode = (row: RowBytes, start: number, end: number) => unknown;

/** How values of a column are represented. */
export interface ColumnType {
  /** In its required form, without default. */
  readonly schema: Schema;
  readonly decode: Decode;
  /** Stands for an unchanged TOAST value that the log does not hold; null where the schema has no room for a marker. */
  readonly unavailable: unknown;
  /** Stands in an old row for a required value that the replica identity does not hold; left out: what the schema tells. */
  readonly fallback?: unknown;
  /** The text of a type that nobody knows. */
  readonly isUnknown?: boolean;
}

/** A row of pg_type. */
export interface PgType {
  readonly id: number;
  readonly name: string;
  /** b base, d domain, e enum, c composite, r range, m multirange, p pseudo. */
  readonly kind: string;
  /** Element type of an array, 0 for anything else. */
  readonly elementId: number;
  /** Between elements in the text of an array of this type. */
  readonly delimiter: string;
  /** Type under a domain, 0 for anything else. */
  readonly baseId: number;
  readonly baseModifier: number;
  /** Labels of an enum in sort order. */
  readonly labels: readonly string[];
}

/** Options that decide about representation. */
export interface TypeSettings {
  readonly decimals: DecimalMode;
  readonly binary: BinaryMode;
  readonly time: TimePrecisionMode;
  /** `numeric` or `string`. */
  readonly interval: string;
  /** `json` or `map`. */
  readonly hstore: string;
  readonly moneyDigits: number;
  readonly placeholder: Buffer;
  /** Types without representation of their own come as their text. */
  readonly includesUnknown: boolean;
}

/** Makes the type of a column with a type modifier (-1: none). */
export type TypeFactory = (modifier: number, settings: TypeSettings) => ColumnType;

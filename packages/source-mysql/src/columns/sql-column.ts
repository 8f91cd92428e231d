import type { Schema } from '@headrace/connector-api';
import type { BinaryMode, DecimalMode, TimePrecisionMode } from '@headrace/cdc';
import type { ByteCursor } from '../binlog/byte-cursor.ts';
import type { WireColumn } from '../binlog/wire-column.ts';

/** A column as SQL knows it, whether the catalog told or the log. */
export interface SqlColumn {
  readonly name: string;
  /** Lower case, without length: `int`, `varchar`, `geometry`. */
  readonly dataType: string;
  readonly isUnsigned: boolean;
  readonly isNullable: boolean;
  /** Name of the character set; null for what is no text. */
  readonly charset: string | null;
  /** Characters, bytes or bits, by type; 0 where it has none. */
  readonly length: number;
  /** Digits of a DECIMAL; of FLOAT(M,D) and DOUBLE(M,D) the M; 0 where not declared. */
  readonly precision: number;
  /** Fractional digits of numbers; of FLOAT(M,D) the D, -1 where not declared. */
  readonly scale: number;
  /** Fractional digits of seconds. */
  readonly fraction: number;
  readonly isZerofill: boolean;
  /** Numbers behind the type's name, as they were declared or as the server shows them: `(10,2)`. */
  readonly declared: readonly number[];
  /** Of ENUM and SET. */
  readonly values: readonly string[];
  /** Plain text of a literal default; null: none. */
  readonly defaultText: string | null;
  readonly comment: string;
}

/** How values are represented: settings of the connector. */
export interface TypeOptions {
  readonly decimals: DecimalMode;
  readonly binary: BinaryMode;
  readonly time: TimePrecisionMode;
  /** BIGINT UNSIGNED as a decimal; otherwise as int64, where values from 2^63 on wrap. */
  readonly isUnsignedBigintPrecise: boolean;
  /** Years 0 to 99 mean 2000 to 2069 and 1970 to 1999. */
  readonly adjustsYears: boolean;
}

/** Reads one value that is not NULL and moves the cursor behind it. */
export type ColumnReader = (cursor: ByteCursor) => unknown;

/** One column's way from the server's bytes to physical values. */
export interface ColumnType {
  /** Required and without default; those are added by the table. */
  readonly schema: Schema;
  /** Reader for rows of the log; undefined when the log's type is not this one. */
  logReader(wire: WireColumn): ColumnReader | undefined;
  /** Reader for rows of the binary result protocol. */
  readonly resultReader: ColumnReader;
  /** Value of a default's text; undefined: no default that a schema could carry. */
  fromDefault(text: string): unknown;
}

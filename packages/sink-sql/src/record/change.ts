import type { SinkRecord } from '@headrace/connector-api';
import type { EncodedValue } from '../dialect/row-statements.ts';
import type { RowShape, TargetTable } from '../table/table.ts';

/** In the place of a value that the source did not send: the target's column stays as it is. */
export const UNAVAILABLE: unique symbol = Symbol('unavailable');

export type ChangeValue = EncodedValue | typeof UNAVAILABLE;

/** What one record does to one table. */
export type Change = RowWrite | RowDelete | TableTruncate;

export interface RowWrite {
  readonly kind: 'write';
  readonly shape: RowShape;
  /** Equal for rows of one key; undefined for tables without a key. */
  readonly key: string | undefined;
  /** One per column of the shape. */
  readonly values: readonly ChangeValue[];
  /** Some value was unavailable, so that the row must exist. */
  readonly isPartial: boolean;
}

export interface RowDelete {
  readonly kind: 'delete';
  /** Key columns only. */
  readonly shape: RowShape;
  readonly key: string;
  readonly values: readonly EncodedValue[];
}

export interface TableTruncate {
  readonly kind: 'truncate';
  readonly table: TargetTable;
}

/** How a record is named in messages. */
export const placeOf = ({ original }: SinkRecord): string =>
  `record ${String(original.offset)} of topic "${original.topic}", partition ${String(original.partition)}`;

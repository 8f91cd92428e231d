import { maskColumn, type ColumnMask, type ColumnName, unmaskable } from '@headrace/cdc';
import { errors } from '../errors.ts';
import type { ColumnType, Decode } from '../types/column-type.ts';

/** A column's type with the mask that is on it, if any. */
export interface MaskedType extends ColumnType {
  /** Stands for every value; undefined: values count. */
  readonly constant: string | undefined;
  /** What the field of a Value struct says of the mask. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface MaskPlace {
  readonly name: ColumnName;
  readonly mask: ColumnMask | undefined;
  readonly isKey: boolean;
  readonly columnLength: number | null;
}

/**
 * The mask holds wherever the column does: in values and keys, old rows and new, snapshots and the log. TaskFailure for what
 * cannot be masked.
 */
export const maskedType = (type: ColumnType, { name, mask, isKey, columnLength }: MaskPlace): MaskedType => {
  const masked = mask === undefined ? undefined : maskColumn(mask, { schema: type.schema, isKey, columnLength });
  if (typeof masked === 'string') throw unmaskable(errors, name, masked, type.schema.type);
  if (masked === undefined) return { ...type, constant: undefined, parameters: {} };
  // A new decoder, of which no writer is known: the fused lane decodes such values first.
  const decode: Decode = (row, start, end) => masked.apply(type.decode(row, start, end));
  const { schema, constant, parameters } = masked;
  return { schema, decode, unavailable: type.unavailable, constant: constant ?? undefined, parameters };
};

import { maskColumn, type ColumnMask, type ColumnName, unmaskable, type SourceType } from '@headrace/cdc';
import type { ColumnReader, ColumnType, SqlColumn } from '../columns/sql-column.ts';
import { errors } from '../errors.ts';

/** A column's type under its mask, and what the field of a Value struct says of that. */
export interface MaskedType {
  readonly type: ColumnType;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface MaskPlace {
  readonly name: ColumnName;
  readonly mask: ColumnMask | undefined;
  readonly isKey: boolean;
}

/** The mask holds wherever the column is read. Null stays null. TaskFailure for what cannot be masked. */
export const maskedType = (type: ColumnType, { length }: SqlColumn, { name, mask, isKey }: MaskPlace): MaskedType => {
  const columnLength = length === 0 ? null : length;
  const masked = mask === undefined ? undefined : maskColumn(mask, { schema: type.schema, isKey, columnLength });
  if (typeof masked === 'string') throw unmaskable(errors, name, masked, type.schema.type);
  if (masked === undefined) return { type, parameters: {} };
  const { schema, parameters, apply } = masked;
  const over =
    (read: ColumnReader): ColumnReader =>
    (cursor) => {
      // Some readers give null for what the server stores (a zero date).
      const value = read(cursor);
      return value === null ? null : apply(value);
    };
  return {
    type: {
      schema,
      logReader: (wire) => {
        const read = type.logReader(wire);
        return read === undefined ? undefined : over(read);
      },
      resultReader: over(type.resultReader),
      fromDefault: (text) => type.fromDefault(text),
    },
    parameters,
  };
};

/** What the catalog says of a column's type, for consumers that make columns from it. */
export const sourceType = (
  { dataType, isUnsigned, isZerofill, declared, values, comment }: SqlColumn,
  withComment: boolean,
): SourceType => {
  const [length = null, scale = null] = declared;
  return {
    name: `${dataType}${isUnsigned && dataType !== 'year' ? ' unsigned' : ''}${isZerofill ? ' zerofill' : ''}`,
    // As many characters as a value of one label has, or of all labels of one character with their commas.
    length: dataType === 'enum' ? 1 : dataType === 'set' ? Math.max(0, values.length * 2 - 1) : length,
    scale,
    comment: withComment ? comment : null,
  };
};

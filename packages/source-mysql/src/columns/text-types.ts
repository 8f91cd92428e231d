import { primitive } from '@headrace/connector-api';
import { binaryType, semantic, typeNames } from '@headrace/cdc';
import type { ByteCursor } from '../binlog/byte-cursor.ts';
import { columnType } from '../binlog/column-types.ts';
import type { WireColumn } from '../binlog/wire-column.ts';
import { withCopy } from './byte-writers.ts';
import { copyUtf8, textCopy, textDecode, type TextCopy, type TextDecode } from './charsets.ts';
import type { ColumnReader, ColumnType, SqlColumn, TypeOptions } from './sql-column.ts';

/** How the length of a value in the log is written; 0: the type has no bytes of variable length. */
export const lengthWidth = (wire: WireColumn): number => {
  switch (wire.type) {
    case columnType.varchar:
    case columnType.varString:
    case columnType.string:
      return wire.metadata < 256 ? 1 : 2;
    case columnType.blob:
    case columnType.geometry:
    case columnType.json:
    case columnType.vector:
      return wire.metadata;
    default:
      return 0;
  }
};

/** A reader of the log's bytes of variable length; undefined for a type that has none. */
export const bytesReader = (wire: WireColumn, toValue: (cursor: ByteCursor, length: number) => unknown): ColumnReader | undefined => {
  const width = lengthWidth(wire);
  return width === 0 ? undefined : (cursor) => toValue(cursor, readLength(cursor, width));
};

const readLength = (cursor: ByteCursor, width: number): number => (width === 1 ? cursor.u8() : cursor.uint(width));

const textReader = (lengthOf: (cursor: ByteCursor) => number, decode: TextDecode, copy: TextCopy): ColumnReader =>
  withCopy(
    (cursor) => {
      const length = lengthOf(cursor);
      const start = cursor.offset;
      cursor.offset = start + length;
      return decode(cursor.bytes, start, cursor.offset);
    },
    (output, cursor) => {
      const length = lengthOf(cursor);
      const start = cursor.offset;
      cursor.offset = start + length;
      copy(output, cursor.bytes, start, cursor.offset);
    },
  );

/** Results are UTF-8, whatever the column is. */
export const readResultText: ColumnReader = textReader(
  (cursor) => cursor.lengthEncoded(),
  (bytes, start, end) => bytes.toString('utf8', start, end),
  copyUtf8,
);

/** CHAR, VARCHAR and the TEXTs; results always come as UTF-8. Undefined for a character set that cannot be decoded. */
export const textType = (column: SqlColumn): ColumnType | undefined => {
  const decode = textDecode(column.charset ?? 'utf8mb4');
  if (decode === undefined) return undefined;
  const copy = textCopy(column.charset ?? 'utf8mb4', decode);
  return {
    schema: primitive('string'),
    logReader: (wire) => {
      const width = lengthWidth(wire);
      return width === 0 ? undefined : textReader((cursor) => readLength(cursor, width), decode, copy);
    },
    resultReader: readResultText,
    fromDefault: (text) => text,
  };
};

/** BINARY, VARBINARY and the BLOBs by binary.handling.mode. The log drops the zeros that fill a BINARY up. */
export const bytesType = (column: SqlColumn, options: TypeOptions): ColumnType => {
  const { schema, fromBytes } = binaryType(options.binary);
  const fill = column.dataType === 'binary' ? column.length : 0;
  const read = (cursor: ByteCursor, length: number): unknown =>
    fromBytes(length < fill ? Buffer.concat([cursor.view(length)], fill) : cursor.copy(length));
  return {
    schema,
    logReader: (wire) => bytesReader(wire, read),
    resultReader: (cursor) => fromBytes(cursor.view(cursor.lengthEncoded())),
    fromDefault: (text) => fromBytes(Buffer.concat([bytesOfDefault(text)], Math.max(fill, bytesOfDefault(text).length))),
  };
};

/** As consumers split them again: a comma inside a value is escaped. */
const allowedValues = ({ values }: SqlColumn): string => values.map((value) => value.replaceAll(',', '\\,')).join(',');

/** MySQL's catalog has the bytes in hexadecimal digits, MariaDB's the text of the literal. */
const bytesOfDefault = (text: string): Buffer => {
  const digits = /^0x((?:[0-9a-f]{2})*)$/i.exec(text)?.[1];
  return digits === undefined ? Buffer.from(text) : Buffer.from(digits, 'hex');
};

/** ENUM: the log has the index of the value, 0 for the empty text that stands for an invalid one. */
export const enumType = (column: SqlColumn): ColumnType => {
  const texts = ['', ...column.values];
  return {
    schema: semantic('string', typeNames.enum, { parameters: { allowed: allowedValues(column) } }),
    logReader: (wire) => {
      if (wire.type !== columnType.enum) return undefined;
      return wire.metadata === 1 ? (cursor) => texts[cursor.u8()] ?? '' : (cursor) => texts[cursor.u16()] ?? '';
    },
    resultReader: readResultText,
    fromDefault: (text) => text,
  };
};

/** SET: the log has one bit for each value, the first in the lowest. */
export const setType = (column: SqlColumn): ColumnType => ({
  schema: semantic('string', typeNames.enumSet, { parameters: { allowed: column.values.join(',') } }),
  logReader: (wire) => {
    if (wire.type !== columnType.set) return undefined;
    const width = wire.metadata;
    return (cursor) => {
      const bits = cursor.view(width);
      return column.values.filter((_, index) => ((bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0).join(',');
    };
  },
  resultReader: readResultText,
  fromDefault: (text) => text,
});

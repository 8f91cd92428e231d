import { primitive } from '@headrace/connector-api';
import { decimalType } from '@headrace/cdc';
import type { ByteCursor } from '../binlog/byte-cursor.ts';
import { columnType } from '../binlog/column-types.ts';
import { decimalPlainText, unscaledBytes, unscaledReader } from './decimal.ts';
import type { ColumnReader, ColumnType, SqlColumn, TypeOptions } from './sql-column.ts';

const readFloat = (cursor: ByteCursor): number => {
  const value = cursor.bytes.readFloatLE(cursor.offset);
  cursor.offset += 4;
  return value;
};

const readDouble = (cursor: ByteCursor): number => {
  const value = cursor.bytes.readDoubleLE(cursor.offset);
  cursor.offset += 8;
  return value;
};

/** FLOAT is float32, but FLOAT(M,D) is float64, as Debezium has it. */
export const floatType = (column: SqlColumn): ColumnType => {
  const isFloat = column.dataType === 'float';
  const read = isFloat ? readFloat : readDouble;
  return {
    schema: primitive(isFloat && column.scale < 0 ? 'float32' : 'float64'),
    logReader: (wire) => (wire.type === (isFloat ? columnType.float : columnType.double) ? read : undefined),
    resultReader: read,
    fromDefault: (text) => (text === '' || Number.isNaN(Number(text)) ? undefined : Number(text)),
  };
};

const PLAIN = /^-?\d+(\.\d+)?$/;

/** DECIMAL by decimal.handling.mode. */
export const decimalColumnType = (column: SqlColumn, options: TypeOptions): ColumnType => {
  const { precision, scale } = column;
  const { schema, fromText } = decimalType(options.decimals, scale, precision);
  const readUnscaled = unscaledReader(precision, scale);
  const fromLog: ColumnReader =
    options.decimals === 'precise'
      ? (cursor) => unscaledBytes(readUnscaled(cursor))
      : (cursor) => fromText(decimalPlainText(readUnscaled(cursor), scale));
  return {
    schema,
    logReader: (wire) => (wire.type === columnType.newDecimal && wire.metadata === ((scale << 8) | precision) ? fromLog : undefined),
    resultReader: (cursor) => fromText(cursor.latin1(cursor.lengthEncoded())),
    fromDefault: (text) => (PLAIN.test(text) ? fromText(text) : undefined),
  };
};

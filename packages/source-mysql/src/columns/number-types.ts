import { primitive } from '@headrace/connector-api';
import { decimalType, readUnscaled, writeUnscaled, type DecimalType } from '@headrace/cdc';
import type { ByteCursor } from '../binlog/byte-cursor.ts';
import { columnType } from '../binlog/column-types.ts';
import { decimalPlainText, unscaledBytes, unscaledReader } from './decimal.ts';
import { withCopy } from './byte-writers.ts';
import type { ColumnReader, ColumnType, SqlColumn, TypeOptions } from './sql-column.ts';

const floatOf = (cursor: ByteCursor): number => {
  const value = cursor.bytes.readFloatLE(cursor.offset);
  cursor.offset += 4;
  return value;
};

const doubleOf = (cursor: ByteCursor): number => {
  const value = cursor.bytes.readDoubleLE(cursor.offset);
  cursor.offset += 8;
  return value;
};

const readFloat: ColumnReader = withCopy(floatOf, (output, cursor) => {
  output.float(floatOf(cursor));
});
const readDouble: ColumnReader = withCopy(doubleOf, (output, cursor) => {
  output.double(doubleOf(cursor));
});
/** FLOAT(M,D). */
const readWidened: ColumnReader = (cursor) => floatOf(cursor);

/** FLOAT is float32, but FLOAT(M,D) is float64, as Debezium has it. */
export const floatType = (column: SqlColumn): ColumnType => {
  const isFloat = column.dataType === 'float';
  const isSingle = isFloat && column.scale < 0;
  const read = isSingle ? readFloat : isFloat ? readWidened : readDouble;
  return {
    schema: primitive(isSingle ? 'float32' : 'float64'),
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
  const readPacked = unscaledReader(precision, scale);
  const fromLog: ColumnReader =
    options.decimals === 'precise'
      ? withCopy(
          (cursor) => unscaledBytes(readPacked(cursor)),
          (output, cursor) => {
            const unscaled = readPacked(cursor);
            if (typeof unscaled === 'number') writeUnscaled(output, unscaled);
            else output.bytes(unscaledBytes(unscaled));
          },
        )
      : (cursor) => fromText(decimalPlainText(readPacked(cursor), scale));
  return {
    schema,
    logReader: (wire) => (wire.type === columnType.newDecimal && wire.metadata === ((scale << 8) | precision) ? fromLog : undefined),
    resultReader: resultDecimal(options, fromText),
    fromDefault: (text) => (PLAIN.test(text) ? fromText(text) : undefined),
  };
};

/** Results have text, with as many fractional digits as the column. */
const resultDecimal = ({ decimals }: TypeOptions, fromText: DecimalType['fromText']): ColumnReader => {
  const read: ColumnReader = (cursor) => fromText(cursor.latin1(cursor.lengthEncoded()));
  if (decimals !== 'precise') return read;
  return withCopy(read, (output, cursor) => {
    const start = cursor.offset;
    const length = cursor.lengthEncoded();
    const unscaled = readUnscaled(cursor.bytes, cursor.offset, cursor.offset + length);
    if (Number.isNaN(unscaled)) {
      cursor.offset = start;
      output.bytes(read(cursor) as Uint8Array);
      return;
    }
    writeUnscaled(output, unscaled);
    cursor.skip(length);
  });
};

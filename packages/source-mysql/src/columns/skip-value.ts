import type { ByteCursor } from '../binlog/byte-cursor.ts';
import { columnType } from '../binlog/column-types.ts';
import type { WireColumn } from '../binlog/table-map.ts';
import { lengthWidth } from './text-types.ts';

const fixed = new Map<number, number>([
  [columnType.tiny, 1],
  [columnType.short, 2],
  [columnType.int24, 3],
  [columnType.long, 4],
  [columnType.longlong, 8],
  [columnType.float, 4],
  [columnType.double, 8],
  [columnType.year, 1],
  [columnType.date, 3],
  [columnType.time, 3],
  [columnType.datetime, 8],
  [columnType.timestamp, 4],
]);

/** Bytes of the digits of a packed decimal on one side of its point. */
const decimalBytes = (digits: number): number => Math.floor(digits / 9) * 4 + ((digits % 9) + 1) / 2;

const fixedBytes = ({ type, metadata }: WireColumn): number | undefined => {
  const fractionBytes = (metadata + 1) >> 1;
  switch (type) {
    case columnType.timestamp2:
      return 4 + fractionBytes;
    case columnType.datetime2:
      return 5 + fractionBytes;
    case columnType.time2:
      return 3 + fractionBytes;
    case columnType.enum:
    case columnType.set:
      return metadata;
    case columnType.bit:
      return (metadata >> 8) + ((metadata & 0xff) > 0 ? 1 : 0);
    case columnType.newDecimal: {
      const scale = metadata >> 8;
      const precision = metadata & 0xff;
      return Math.floor(decimalBytes(precision - scale)) + Math.floor(decimalBytes(scale));
    }
    default:
      return fixed.get(type);
  }
};

/** Moves over one value in the log without looking at it; undefined for a type whose length is not known. */
export const skipper = (wire: WireColumn): ((cursor: ByteCursor) => void) | undefined => {
  const width = lengthWidth(wire);
  if (width > 0) {
    return (cursor) => {
      cursor.skip(cursor.uint(width));
    };
  }
  const bytes = fixedBytes(wire);
  if (bytes === undefined) return undefined;
  return (cursor) => {
    cursor.skip(bytes);
  };
};

import type { ByteCursor } from '../binlog/byte-cursor.ts';
import { columnType } from '../binlog/column-types.ts';
import type { WireColumn } from '../binlog/wire-column.ts';
import { lengthWidth } from './text-types.ts';

/** How many bytes a value takes: so many, or what its own first bytes say (below 0). */
export type ValueWidth = number;

/** The value begins with its length: one byte below 251, else a marker and 2, 3 or 8 bytes. */
export const LENGTH_ENCODED: ValueWidth = -9;
/** The value begins with its length in so many bytes. */
const prefixed = (bytes: number): ValueWidth => -bytes;

/** Where the value ends that begins at `at`. */
export const valueEnd = (bytes: Buffer, at: number, width: ValueWidth): number => {
  if (width >= 0) return at + width;
  const first = bytes[at] ?? 0;
  switch (width) {
    case -1:
      return at + 1 + first;
    case -2:
      return at + 2 + (first | ((bytes[at + 1] ?? 0) << 8));
    case LENGTH_ENCODED:
      return first < 251 ? at + 1 + first : endOfLong(bytes, at, first);
    default:
      return at - width + bytes.readUIntLE(at, -width);
  }
};

const endOfLong = (bytes: Buffer, at: number, marker: number): number => {
  const width = marker === 252 ? 2 : marker === 253 ? 3 : 8;
  return at + 1 + width + bytes.readUIntLE(at + 1, Math.min(width, 6));
};

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

/** Bytes of values in the binary result protocol, by type; all others begin with their length. */
const resultWidths: Readonly<Record<string, ValueWidth>> = {
  tinyint: 1,
  smallint: 2,
  mediumint: 4,
  int: 4,
  bigint: 8,
  year: 2,
  float: 4,
  double: 8,
};

/** Of one value in the binary result protocol. */
export const resultWidth = (dataType: string): ValueWidth => resultWidths[dataType] ?? LENGTH_ENCODED;

/** Of one value in the log; undefined for a type whose length is not known. */
export const wireWidth = (wire: WireColumn): ValueWidth | undefined => {
  const width = lengthWidth(wire);
  return width > 0 ? prefixed(width) : fixedBytes(wire);
};

/** Of the values of a row in the log; undefined where one of them is of a type whose length is not known. */
export const wireWidths = (wires: readonly WireColumn[]): readonly ValueWidth[] | undefined => {
  const widths = wires.flatMap((wire) => wireWidth(wire) ?? []);
  return widths.length === wires.length ? widths : undefined;
};

/** Moves over one value in the log without looking at it; undefined for a type whose length is not known. */
export const skipper = (wire: WireColumn): ((cursor: ByteCursor) => void) | undefined => {
  const width = wireWidth(wire);
  if (width === undefined) return undefined;
  return (cursor) => {
    cursor.offset = valueEnd(cursor.bytes, cursor.offset, width);
  };
};

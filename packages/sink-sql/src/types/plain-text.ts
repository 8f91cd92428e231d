import { decimalText, type Struct } from '@headrace/connector-api';
import type { LogicalType } from './logical-type.ts';
import { dateText, timestampText, timeText } from './temporal-text.ts';

/** The text of a non-null value. Throws RangeError, whose message continues "… cannot be written: ", for one that has none. */
export type TextOf = (value: unknown) => string;

/** As `TextOf`, in whatever form a dialect wants the value. */
export type EncodeValue = (value: unknown) => string | number;

/** Shortest text that reads back as the same number; `NaN`, `Infinity` and `-0` included. */
export const floatText: TextOf = (value) => (Object.is(value, -0) ? '-0' : String(value));

const variableDecimalText: TextOf = (value) => {
  const struct = value as Struct;
  return decimalText(struct.get('value') as Uint8Array, struct.get('scale') as number);
};

export const bufferOf = (value: unknown): Buffer => {
  const bytes = value as Uint8Array;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};

/** Bits as `0101`, the most significant first, filled up to `length`. */
export const bitText = (value: unknown, length: number | undefined): string => {
  let text = '';
  for (const byte of value as Uint8Array) text = byte.toString(2).padStart(8, '0') + text;
  if (length === undefined) return text;
  return text.length > length ? text.slice(text.length - length) : text.padStart(length, '0');
};

/**
 * Text that both databases and JSON agree on. What they write differently (boolean, bytes, geometry, arrays, zoned times)
 * is the dialects' business; it appears here in its plainest form, for use inside JSON.
 */
export const plainText = (type: LogicalType): TextOf => {
  switch (type.kind) {
    case 'float':
      return floatText;
    case 'decimal':
      return (value) => decimalText(value as Uint8Array, type.scale);
    case 'variable-decimal':
      return variableDecimalText;
    case 'date':
      return (value) => dateText(value as number);
    case 'time':
      return (value) => timeText(value as number | bigint, type.unit);
    case 'timestamp':
      return (value) => timestampText(value as number | bigint, type.unit);
    case 'bytes':
      return (value) => bufferOf(value).toString('base64');
    case 'bits':
      return (value) => bitText(value, type.length);
    default:
      return String;
  }
};

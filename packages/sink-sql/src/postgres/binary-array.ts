import { BYTES_PER_CHARACTER, writeText } from '../dialect/byte-writing.ts';
import type { BinaryForm } from './binary-values.ts';

/** Dimensions, a flag for nulls, the type; size and lower bound of the only dimension. */
export const HEADER_BYTES = 20;
export const LENGTH_BYTES = 4;
export const NULL_LENGTH = -1;

/** The element types of texts: their binary form is the text itself. */
export const textOids: Readonly<Record<string, number>> = { text: 25, 'character varying': 1043 };

export const writeHeader = (target: DataView, oid: number, count: number): void => {
  target.setInt32(0, 1);
  target.setInt32(4, 1);
  target.setInt32(8, oid);
  target.setInt32(12, count);
  target.setInt32(16, 1);
};

const viewOf = ({ buffer, byteOffset, byteLength }: Buffer): DataView => new DataView(buffer, byteOffset, byteLength);

/** An array of one dimension in PostgreSQL's binary form, of numbers that stand for values (`BinaryForm.numberOf`), or nulls. */
export const binaryArray = ({ oid, size, write }: BinaryForm, values: readonly (number | null)[]): Buffer => {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + values.length * (LENGTH_BYTES + size));
  const view = viewOf(bytes);
  writeHeader(view, oid, values.length);
  let at = HEADER_BYTES;
  for (const value of values) {
    view.setInt32(at, value === null ? NULL_LENGTH : size);
    at += LENGTH_BYTES;
    if (value === null) continue;
    write(view, at, value);
    at += size;
  }
  return bytes.subarray(0, at);
};

/** The same of texts. */
export const binaryTextArray = (oid: number, values: readonly (string | null)[]): Buffer => {
  let characters = 0;
  for (const value of values) characters += value === null ? 0 : value.length;
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + values.length * LENGTH_BYTES + characters * BYTES_PER_CHARACTER);
  const view = viewOf(bytes);
  writeHeader(view, oid, values.length);
  let at = HEADER_BYTES;
  for (const value of values) {
    const length = value === null ? NULL_LENGTH : writeText(bytes, at + LENGTH_BYTES, value);
    view.setInt32(at, length);
    at += LENGTH_BYTES + Math.max(0, length);
  }
  return bytes.subarray(0, at);
};

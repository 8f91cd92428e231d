import { arrayOf, withOptional } from '@headrace/connector-api';
import type { ColumnType, Decode, TypeSettings } from './column-type.ts';
import { RowBytes } from './row-bytes.ts';

const OPEN = 123;
const CLOSE = 125;
const COMMA = 44;
const QUOTE = 34;
const BACKSLASH = 92;
const EQUALS = 61;

/** Elements of one-dimensional array text `{a,"b \"c\"",NULL}`, optionally after bounds `[0:2]=`. */
const arrayDecode = (element: Decode): Decode => {
  return (row, start, end) => {
    const { buffer } = row;
    const values: unknown[] = [];
    let position = buffer[start] === OPEN ? start : buffer.indexOf(EQUALS, start) + 1;
    position += 1;
    while (position < end && buffer[position] !== CLOSE) {
      if (buffer[position] === OPEN) throw new RangeError('An array of more than one dimension has no schema.');
      position = buffer[position] === QUOTE ? quoted(row, position + 1, values, element) : plain(row, position, values, element);
      if (buffer[position] === COMMA) position += 1;
    }
    return values;
  };
};

const plain = (row: RowBytes, start: number, values: unknown[], element: Decode): number => {
  const { buffer } = row;
  let end = start;
  while (buffer[end] !== COMMA && buffer[end] !== CLOSE) end += 1;
  values.push(isNull(buffer, start, end) ? null : element(row, start, end));
  return end;
};

const isNull = (buffer: Buffer, start: number, end: number): boolean =>
  end - start === 4 && buffer[start] === 78 && buffer[start + 1] === 85 && buffer[start + 2] === 76 && buffer[start + 3] === 76;

/** A quoted element; quotes and backslashes inside are escaped by a backslash. */
const quoted = (row: RowBytes, start: number, values: unknown[], element: Decode): number => {
  const { buffer } = row;
  let end = start;
  let hasEscapes = false;
  while (buffer[end] !== QUOTE) {
    if (buffer[end] === BACKSLASH) {
      hasEscapes = true;
      end += 1;
    }
    end += 1;
  }
  if (hasEscapes) {
    const bare = unescaped(buffer, start, end);
    values.push(element(new RowBytes(bare), 0, bare.length));
  } else values.push(element(row, start, end));
  return end + 1;
};

const unescaped = (buffer: Buffer, start: number, end: number): Buffer => {
  const bare = Buffer.allocUnsafe(end - start);
  let length = 0;
  for (let position = start; position < end; position += 1) {
    if (buffer[position] === BACKSLASH) position += 1;
    bare[length] = buffer[position] ?? 0;
    length += 1;
  }
  return bare.subarray(0, length);
};

/** One element that marks the array as unavailable, where its type has room for that. */
const unavailableArray = (element: ColumnType, { placeholder }: TypeSettings): unknown => {
  if (element.unavailable !== null) return [element.unavailable];
  return element.schema.name === undefined && (element.schema.type === 'int32' || element.schema.type === 'int64')
    ? [...placeholder]
    : null;
};

/** An array of optional elements; more dimensions than one cannot be expressed. */
export const arrayType = (element: ColumnType, settings: TypeSettings): ColumnType => ({
  schema: arrayOf(withOptional(element.schema, true)),
  decode: arrayDecode(element.decode),
  unavailable: unavailableArray(element, settings),
});

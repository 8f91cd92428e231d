import { createHash } from 'node:crypto';
import { arrayOf, withOptional } from '@headrace/connector-api';
import { typeNames } from '@headrace/cdc';
import type { ColumnType, Decode, PgType, TypeSettings } from './column-type.ts';
import { RowBytes } from './row-bytes.ts';

const OPEN = 123;
const CLOSE = 125;
const QUOTE = 34;
const BACKSLASH = 92;
const EQUALS = 61;

/** Elements of one-dimensional array text `{a,"b \"c\"",NULL}`, optionally after bounds `[0:2]=`. */
const arrayDecode = (element: Decode, delimiter: number): Decode => {
  return (row, start, end) => {
    const { buffer } = row;
    const values: unknown[] = [];
    let position = buffer[start] === OPEN ? start : buffer.indexOf(EQUALS, start) + 1;
    position += 1;
    while (position < end && buffer[position] !== CLOSE) {
      if (buffer[position] === OPEN) throw new RangeError('An array of more than one dimension has no schema.');
      position =
        buffer[position] === QUOTE ? quoted(row, position + 1, values, element) : plain(row, position, values, { element, delimiter });
      if (buffer[position] === delimiter) position += 1;
    }
    return values;
  };
};

interface Elements {
  readonly element: Decode;
  readonly delimiter: number;
}

const plain = (row: RowBytes, start: number, values: unknown[], { element, delimiter }: Elements): number => {
  const { buffer } = row;
  let end = start;
  while (buffer[end] !== delimiter && buffer[end] !== CLOSE) end += 1;
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

/** UUID of version 3 of a name without name space, as Java makes it. */
const nameUuid = (name: Buffer): string => {
  const digest = createHash('md5').update(name).digest();
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x30;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  return digest.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
};

const inText: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar', 'json', 'jsonb']);
const inNumbers: ReadonlySet<string> = new Set(['int4', 'int8', 'date']);
const plainNumbers: ReadonlySet<string | undefined> = new Set([undefined, typeNames.date]);

/** What marks an array as unavailable, where Debezium has something for its elements. */
const unavailableArray = (element: ColumnType, { name }: PgType, { placeholder }: TypeSettings): unknown => {
  const { type, name: semantic } = element.schema;
  if (inText.has(name)) return [placeholder.toString('utf8')];
  if (name === 'uuid') return [nameUuid(placeholder)];
  if (name === 'bytea') return type === 'bytes' ? [placeholder] : null;
  // Java's bytes are signed.
  return inNumbers.has(name) && plainNumbers.has(semantic) ? [...new Int8Array(placeholder)] : null;
};

/** Debezium's schemas of these say that elements are there. */
const withRequiredItems: ReadonlySet<string | undefined> = new Set([typeNames.enum, typeNames.tsvector]);

/** An array of elements of `pgType`, which are optional but for a few; more dimensions than one cannot be expressed. */
export const arrayType = (element: ColumnType, pgType: PgType, settings: TypeSettings): ColumnType => ({
  schema: arrayOf(withOptional(element.schema, element.isUnknown !== true && !withRequiredItems.has(element.schema.name))),
  decode: arrayDecode(element.decode, pgType.delimiter.charCodeAt(0)),
  unavailable: unavailableArray(element, pgType, settings),
});

/**
 * Optional metadata of a TABLE_MAP event: fields of type (1), length (length-encoded), value. With
 * binlog_row_metadata=MINIMAL the server writes signedness, character sets and geometry types, with FULL also column
 * names, values of ENUM and SET and the primary key. MariaDB's default, NO_LOG, writes none.
 */
import { ByteCursor } from './byte-cursor.ts';
import { columnType, isEnumOrSet, isNumeric } from './column-types.ts';
import type { WireColumn } from './wire-column.ts';

const field = {
  signedness: 1,
  defaultCharset: 2,
  columnCharset: 3,
  columnName: 4,
  setValues: 5,
  enumValues: 6,
  geometryType: 7,
  simpleKey: 8,
  keyWithPrefix: 9,
  enumDefaultCharset: 10,
  enumColumnCharset: 11,
} as const;

/** What the log says about columns beyond their wire type; arrays are indexed by column, undefined where it says nothing. */
export interface OptionalMetadata {
  readonly unsigned?: readonly boolean[];
  /** Collation ids. */
  readonly collations?: readonly (number | undefined)[];
  readonly names?: readonly string[];
  /** Raw bytes of the values of ENUM and SET columns, in the column's character set. */
  readonly values?: readonly (readonly Buffer[] | undefined)[];
  /** Numbers of the geometry types: 0 geometry, 1 point, ... */
  readonly geometries?: readonly (number | undefined)[];
  /** Indexes of the primary key columns in key order; without one the log writes no field. */
  readonly primaryKey?: readonly number[];
}

interface Collected {
  unsigned?: boolean[];
  collations?: (number | undefined)[];
  names?: string[];
  values?: (Buffer[] | undefined)[];
  geometries?: (number | undefined)[];
  primaryKey?: number[];
}

/** `hasCharset`: which types of columns have an entry in the character set fields. */
export const readOptionalMetadata = (cursor: ByteCursor, columns: readonly WireColumn[], hasCharset: Kind): OptionalMetadata => {
  const found: Collected = {};
  while (cursor.remaining > 1) {
    const type = cursor.u8();
    const value = new ByteCursor(cursor.view(cursor.lengthEncoded()));
    fieldReaders.get(type)?.(value, columns, found, hasCharset);
  }
  return found;
};

type ReadField = (value: ByteCursor, columns: readonly WireColumn[], found: Collected, hasCharset: Kind) => void;

const fieldReaders = new Map<number, ReadField>([
  [
    field.signedness,
    (value, columns, found) => {
      found.unsigned = signedness(value, columns);
    },
  ],
  [
    field.defaultCharset,
    (value, columns, found, hasCharset) => {
      defaultCharset(value, columns, hasCharset, found);
    },
  ],
  [
    field.enumDefaultCharset,
    (value, columns, found) => {
      defaultCharset(value, columns, isEnumOrSet, found);
    },
  ],
  [
    field.columnCharset,
    (value, columns, found, hasCharset) => {
      columnCharset(value, columns, hasCharset, found);
    },
  ],
  [
    field.enumColumnCharset,
    (value, columns, found) => {
      columnCharset(value, columns, isEnumOrSet, found);
    },
  ],
  [
    field.columnName,
    (value, _columns, found) => {
      found.names = [];
      while (value.remaining > 0) found.names.push(value.utf8(value.lengthEncoded()));
    },
  ],
  [
    field.setValues,
    (value, columns, found) => {
      valueLists(value, columns, (type) => type === columnType.set, found);
    },
  ],
  [
    field.enumValues,
    (value, columns, found) => {
      valueLists(value, columns, (type) => type === columnType.enum, found);
    },
  ],
  [
    field.geometryType,
    (value, columns, found) => {
      found.geometries = columns.map((column) => (column.type === columnType.geometry ? value.lengthEncoded() : undefined));
    },
  ],
  [
    field.simpleKey,
    (value, _columns, found) => {
      found.primaryKey = keyColumns(value, false);
    },
  ],
  [
    field.keyWithPrefix,
    (value, _columns, found) => {
      found.primaryKey = keyColumns(value, true);
    },
  ],
]);

const keyColumns = (value: ByteCursor, hasPrefixes: boolean): number[] => {
  const columns: number[] = [];
  while (value.remaining > 0) {
    columns.push(value.lengthEncoded());
    if (hasPrefixes) value.lengthEncoded();
  }
  return columns;
};

/** One bit for each numeric column, highest bit first. */
const signedness = (value: ByteCursor, columns: readonly WireColumn[]): boolean[] => {
  let bit = 0;
  return columns.map((column) => {
    if (!isNumeric(column.type)) return false;
    const isUnsigned = ((value.bytes[value.offset + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0;
    bit += 1;
    return isUnsigned;
  });
};

export type Kind = (type: number) => boolean;

/** A default collation, then pairs of (index among these columns, collation) for those that differ. */
const defaultCharset = (value: ByteCursor, columns: readonly WireColumn[], isKind: Kind, found: Collected): void => {
  const fallback = value.lengthEncoded();
  const others = new Map<number, number>();
  while (value.remaining > 0) others.set(value.lengthEncoded(), value.lengthEncoded());
  let index = -1;
  setCollations(columns, isKind, found, () => {
    index += 1;
    return others.get(index) ?? fallback;
  });
};

/** One collation for each of these columns. */
const columnCharset = (value: ByteCursor, columns: readonly WireColumn[], isKind: Kind, found: Collected): void => {
  setCollations(columns, isKind, found, () => value.lengthEncoded());
};

const setCollations = (columns: readonly WireColumn[], isKind: Kind, found: Collected, next: () => number): void => {
  const collations = found.collations ?? new Array<number | undefined>(columns.length).fill(undefined);
  columns.forEach((column, index) => {
    if (isKind(column.type)) collations[index] = next();
  });
  found.collations = collations;
};

/** For each of these columns the number of values, then each with its length. */
const valueLists = (value: ByteCursor, columns: readonly WireColumn[], isKind: Kind, found: Collected): void => {
  const values = found.values ?? new Array<Buffer[] | undefined>(columns.length).fill(undefined);
  columns.forEach((column, index) => {
    if (!isKind(column.type)) return;
    const count = value.lengthEncoded();
    values[index] = Array.from({ length: count }, () => Buffer.from(value.view(value.lengthEncoded())));
  });
  found.values = values;
};

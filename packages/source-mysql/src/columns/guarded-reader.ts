import type { ColumnReader } from './sql-column.ts';
import { valueEnd, type ValueWidth } from './value-width.ts';

/** What takes the place of a value that its schema cannot hold; may throw. */
export type OnUnconvertible = (column: string, cause: unknown) => unknown;

/** The reader of a column whose values may not fit its schema: `substitute` then stands for one, and the cursor is behind it. */
export const guardedReader =
  (read: ColumnReader, width: ValueWidth, substitute: (cause: unknown) => unknown): ColumnReader =>
  (cursor) => {
    const start = cursor.offset;
    try {
      return read(cursor);
    } catch (cause) {
      cursor.offset = valueEnd(cursor.bytes, start, width);
      return substitute(cause);
    }
  };

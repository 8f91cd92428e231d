import type { FieldTarget } from '@headrace/connector-api';
import type { TargetColumn } from '../table/table.ts';
import type { DroppedRows } from './column-statements.ts';
import { NotColumnar } from './not-columnar.ts';
import type { EncodedValue } from './row-statements.ts';

/** One column of many rows, each value encoded as that of a row is. */
export class EncodedColumn implements FieldTarget {
  readonly #column: TargetColumn;
  readonly #values: EncodedValue[] = [];

  constructor(column: TargetColumn) {
    this.#column = column;
  }

  none(): void {
    this.#values.push(null);
  }

  number(value: number): void {
    this.value(value);
  }

  text(source: Buffer, start: number, end: number): void {
    this.value(source.toString('utf8', start, end));
  }

  value(value: unknown): void {
    this.#values.push(this.#encoded(value));
  }

  /** What the column refuses is told as that of a row is (`record/row-encoder.ts`), whatever the encoding threw. */
  #encoded(value: unknown): EncodedValue {
    try {
      return this.#column.encode(value);
    } catch (cause) {
      throw new NotColumnar('A value does not fit its column.', { cause });
    }
  }

  clear(): void {
    this.#values.length = 0;
  }

  /** Those of the rows that are not marked. */
  values(dropped: DroppedRows | undefined): readonly EncodedValue[] {
    return dropped === undefined ? this.#values : this.#values.filter((_, row) => dropped[row] === 0);
  }
}

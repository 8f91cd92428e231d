import type { FieldTarget } from '@headrace/connector-api';
import type { DroppedRows } from '../dialect/column-statements.ts';
import { encodedValue } from '../dialect/encoded-value.ts';
import type { EncodedValue } from '../dialect/row-statements.ts';
import type { TargetColumn } from '../table/table.ts';

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
    this.#values.push(encodedValue(this.#column, value));
  }

  clear(): void {
    this.#values.length = 0;
  }

  /** Those of the rows that are not marked. */
  values(dropped: DroppedRows | undefined): readonly EncodedValue[] {
    return dropped === undefined ? this.#values : this.#values.filter((_, row) => dropped[row] === 0);
  }
}

import type { FieldTarget } from '@headrace/connector-api';
import { encodedValue } from '../../dialect/encoded-value.ts';
import type { TargetColumn } from '../../table/table.ts';
import { LiteralCells } from './literal-cells.ts';

/** One column of many rows as literals: the bytes of what the encoder of the column writes for a row that is an object (`mysql-types.ts`). */
export class LiteralColumn implements FieldTarget {
  readonly cells = new LiteralCells();
  readonly #column: TargetColumn;

  constructor(column: TargetColumn) {
    this.#column = column;
  }

  none(): void {
    this.cells.addText('NULL');
  }

  number(value: number): void {
    this.value(value);
  }

  text(source: Buffer, start: number, end: number): void {
    this.value(source.toString('utf8', start, end));
  }

  value(value: unknown): void {
    this.cells.addText(String(encodedValue(this.#column, value)));
  }
}

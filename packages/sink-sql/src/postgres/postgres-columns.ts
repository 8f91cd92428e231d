import type { ColumnRows, ColumnStatements, DroppedRows, StatementsWithin } from '../dialect/column-statements.ts';
import { NotColumnar } from '../dialect/not-columnar.ts';
import type { RowShape, TargetColumn } from '../table/table.ts';
import type { LogicalKind, LogicalType } from '../types/logical-type.ts';
import { arrayParameter } from './array-parameter.ts';
import { textOids } from './binary-array.ts';
import { binaryForm, type BinaryForm } from './binary-values.ts';
import { CellBuffer } from './cell-buffer.ts';
import type { ColumnWriter } from './column-writer.ts';
import { EncodedColumn } from './encoded-column.ts';
import { NumericColumn } from './numeric-column.ts';
import { deleteText, insertText, upsertText } from './postgres-rows.ts';

/** Values that have a number for the column's binary form. */
class NumberColumn implements ColumnWriter {
  readonly #form: BinaryForm;
  readonly #type: LogicalType;
  readonly #cells: CellBuffer;

  constructor(form: BinaryForm, type: LogicalType) {
    this.#form = form;
    this.#type = type;
    this.#cells = new CellBuffer(form.oid);
  }

  none(): void {
    this.#cells.none();
  }

  number(value: number): void {
    this.value(value);
  }

  text(source: Uint8Array, start: number, end: number): void {
    this.#add(this.#form.numberOfText?.(source, start, end));
  }

  value(value: unknown): void {
    const { size, writeBig } = this.#form;
    if (typeof value !== 'bigint' || writeBig === undefined) {
      this.#add(this.#form.numberOf(value, this.#type));
      return;
    }
    const at = this.#cells.cell(size);
    writeBig(this.#cells.view, at, value);
  }

  #add(number: number | undefined): void {
    // It goes as text, and so has the whole column to.
    if (number === undefined) throw new NotColumnar('A value has no number.');
    const { size, write } = this.#form;
    const at = this.#cells.cell(size);
    write(this.#cells.view, at, number);
  }

  clear(): void {
    this.#cells.clear();
  }

  parameter(dropped: DroppedRows | undefined): Buffer {
    return this.#cells.parameter(dropped);
  }
}

/** Strings for columns of texts: their bytes are what travels. */
class TextColumn implements ColumnWriter {
  readonly #cells: CellBuffer;

  constructor(oid: number) {
    this.#cells = new CellBuffer(oid);
  }

  none(): void {
    this.#cells.none();
  }

  number(): void {
    this.value();
  }

  text(source: Uint8Array, start: number, end: number): void {
    this.#cells.copy(source, start, end);
  }

  value(): void {
    throw new NotColumnar('A text column was given no string.');
  }

  clear(): void {
    this.#cells.clear();
  }

  parameter(dropped: DroppedRows | undefined): Buffer {
    return this.#cells.parameter(dropped);
  }
}

/** Anything else, as a row's value is encoded. */
class ValueColumn extends EncodedColumn implements ColumnWriter {
  readonly #column: TargetColumn;

  constructor(column: TargetColumn) {
    super(column);
    this.#column = column;
  }

  parameter(dropped: DroppedRows | undefined): string | Buffer {
    return arrayParameter(this.#column, this.values(dropped));
  }
}

/** Whose text is the string itself (`postgresText`). */
const plainStrings = new Set<LogicalKind>(['string', 'xml', 'enum', 'enum-set', 'uuid']);

/** Of PostgreSQL's own form; other scales travel as text, which is refused where it is too much. */
const hasNumericScale = (scale: number): boolean => scale >= 0 && scale <= LARGEST_SCALE;

const LARGEST_SCALE = 1_000;

const writerOf = (column: TargetColumn): ColumnWriter => {
  const { type, columnType } = column;
  const form = binaryForm(columnType);
  if (form?.holds(type) === true) return new NumberColumn(form, type);
  if (type.kind === 'decimal' && columnType === 'numeric' && hasNumericScale(type.scale)) return new NumericColumn(type.scale);
  const oid = textOids[columnType];
  return oid !== undefined && plainStrings.has(type.kind) ? new TextColumn(oid) : new ValueColumn(column);
};

const texts = { insert: insertText, upsert: upsertText, delete: deleteText } as const;

/** One binary array per column (`array-parameter.ts`). */
class PostgresColumnRows implements ColumnRows {
  readonly targets: readonly ColumnWriter[];
  readonly #shape: RowShape;

  constructor(shape: RowShape) {
    this.#shape = shape;
    this.targets = shape.columns.map(writerOf);
  }

  clear(): void {
    for (const writer of this.targets) writer.clear();
  }

  /** One: its size meets no limit that a batch comes near. */
  statements(kind: keyof typeof texts, dropped: DroppedRows | undefined): StatementsWithin {
    const values = this.targets.map((writer) => writer.parameter(dropped));
    return () => [{ text: texts[kind](this.#shape), values, isRepeated: true }];
  }
}

export const postgresColumns: ColumnStatements = { rowsOf: (shape) => new PostgresColumnRows(shape) };

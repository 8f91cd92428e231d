import type { ColumnReader } from '../columns/sql-column.ts';
import { resultWidth, wireWidths, type ValueWidth } from '../columns/value-width.ts';
import type { CapturedTable } from '../tables/captured-table.ts';
import type { LogTable } from '../tables/log-table.ts';
import type { RowColumn } from './column-writers.ts';

/** How the rows lie in which a table comes: in the log, or as a query's result. */
export interface RowLayout {
  readonly columns: readonly RowColumn[];
  readonly widths: readonly ValueWidth[];
  /** Place of the first column among the null bits. */
  readonly firstBit: number;
}

/** Rows of the log; undefined when it cannot be told how long a value is. */
export const logLayout = ({ captured, readers, wires }: LogTable): RowLayout | undefined => {
  const { fields } = captured.envelope.schemas.row;
  const widths = wireWidths(wires);
  if (widths === undefined) return undefined;
  const columns = readers.map((read, index): RowColumn => ({ read, schema: fields[captured.targets[index] ?? -1]?.schema }));
  return { columns, widths, firstBit: 0 };
};

/** Rows of a query that selects the captured columns. */
export const resultLayout = ({ columns, types, envelope }: CapturedTable): RowLayout => {
  const readers = types.flatMap((type): ColumnReader[] => (type === undefined ? [] : [type.resultReader]));
  const captured = columns.filter((_, index) => types[index] !== undefined);
  return {
    columns: readers.map((read, index) => ({ read, schema: envelope.schemas.row.fields[index]?.schema })),
    widths: captured.map(({ dataType }) => resultWidth(dataType)),
    firstBit: 2,
  };
};

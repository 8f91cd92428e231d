import type { SinkRecord, Struct } from '@headrace/connector-api';
import { RecordError } from '@headrace/foundation';
import type { EncodedValue } from '../dialect/row-statements.ts';
import { errors } from '../errors.ts';
import type { BoundTable } from '../table/table-registry.ts';
import { referenceResource, rowResources } from '../table/row-resources.ts';
import type { RowShape, TargetColumn } from '../table/table.ts';
import { unavailableTest, type IsUnavailable } from '../types/unavailable.ts';
import { placeOf, UNAVAILABLE, type ChangeValue, type RowDelete, type RowWrite } from './change.ts';
import type { LayoutColumn, RecordLayout } from './record-layout.ts';

/** A column of a shape and how its values are found. */
export interface Cell {
  readonly place: LayoutColumn['place'];
  readonly read: LayoutColumn['read'];
  readonly target: TargetColumn;
  readonly isKey: boolean;
  readonly isUnavailable: IsUnavailable | undefined;
}

/** Rows of one layout for one table: values in, what the dialect writes out. */
export interface RowEncoder {
  readonly shape: RowShape;
  /** One per column of the shape. */
  readonly cells: readonly Cell[];
  write(record: SinkRecord, row: Struct): RowWrite;
  delete(record: SinkRecord): RowDelete;
}

const cellsOf = (layout: RecordLayout, bound: BoundTable, placeholder: string): Cell[] =>
  layout.columns.flatMap((column, index) => {
    const target = bound.columns[index] ?? null;
    if (target === null) return [];
    const isUnavailable = column.isKey ? undefined : unavailableTest(column.type, placeholder);
    return [{ place: column.place, read: column.read, target, isKey: column.isKey, isUnavailable }];
  });

const shapeOf = (bound: BoundTable, cells: readonly Cell[], keyCount: number): RowShape => {
  const { table, hasOtherUniqueKeys, catalog } = bound;
  const names = cells.map(({ target }) => target.name);
  const key = names.slice(0, keyCount);
  return {
    table,
    keyCount,
    hasOtherUniqueKeys,
    columns: cells.map(({ target }) => target),
    keySignature: JSON.stringify(key),
    resources: rowResources(catalog.id, [key, ...catalog.uniqueKeys], names),
    references: catalog.foreignKeys.flatMap((foreignKey) => referenceResource(foreignKey, names)),
    isCascading: catalog.isCascading,
  };
};

/** Texts of several columns as one that no other texts give. */
const keyText = (values: readonly ChangeValue[], keyCount: number): string | undefined => {
  if (keyCount === 1) return String(values[0]);
  return keyCount === 0 ? undefined : JSON.stringify(values.slice(0, keyCount).map(String));
};

const refuse = (record: SinkRecord, { target }: Cell, bound: BoundTable, reason: string): RecordError =>
  new RecordError(
    errors.value_unrepresentable.code,
    `Column "${target.name}" of table "${bound.table.id.name}" cannot take the value of ${placeOf(record)}: ${reason}.`,
    { fields: { column: target.name, table: bound.table.id.name } },
  );

export const createRowEncoder = (layout: RecordLayout, bound: BoundTable, placeholder: string): RowEncoder => {
  const cells = cellsOf(layout, bound, placeholder);
  const { keyCount } = layout;
  const shape = shapeOf(bound, cells, keyCount);
  const keyShape = shapeOf(bound, cells.slice(0, keyCount), keyCount);

  const encode = (cell: Cell, record: SinkRecord, row: Struct | null): EncodedValue => {
    const value = cell.read(record, row);
    if (value === null || value === undefined) {
      if (cell.isKey) throw refuse(record, cell, bound, 'it is part of the key and null');
      return null;
    }
    try {
      return cell.target.encode(value);
    } catch (error) {
      throw refuse(record, cell, bound, error instanceof RangeError ? error.message : 'it is not of the type its schema tells');
    }
  };

  return {
    shape,
    cells,
    write: (record, row) => {
      const values: ChangeValue[] = [];
      let isPartial = false;
      for (const cell of cells) {
        if (cell.isUnavailable !== undefined) {
          const value = cell.read(record, row);
          if (value !== null && value !== undefined && cell.isUnavailable(value)) {
            values.push(UNAVAILABLE);
            isPartial = true;
            continue;
          }
        }
        values.push(encode(cell, record, row));
      }
      return { kind: 'write', shape, key: keyText(values, keyCount), values, isPartial };
    },
    delete: (record) => {
      const values = cells.slice(0, keyCount).map((cell) => encode(cell, record, null));
      return { kind: 'delete', shape: keyShape, key: keyText(values, keyCount) ?? '', values };
    },
  };
};

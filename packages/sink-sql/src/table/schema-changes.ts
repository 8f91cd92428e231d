import type { Dialect } from '../dialect/dialect.ts';
import type { SqlStatement } from '../dialect/session.ts';
import { isSameType, isWidening } from './type-widening.ts';
import type { CatalogColumn, CatalogTable, ColumnPlan, RowColumn } from './table.ts';

/**
 * What a change of the source's schema does to the target's table. `none`: nothing is created or changed. `add`: tables,
 * columns and permission to be null, nothing else. `ignore`: tables are created, and columns may become null; new fields are not written. `exception`: tables are
 * created; a change fails the task. `lenient`: as `add`, and types become wider. `evolve`: columns are dropped and types
 * changed as well. `try_evolve`: as `evolve`, but for what the target refuses.
 */
export type EvolutionPolicy = 'none' | 'add' | 'ignore' | 'exception' | 'lenient' | 'evolve' | 'try_evolve';

export interface SchemaChange {
  /** Completes "column … ". */
  readonly what: string;
  readonly statement: SqlStatement;
}

export interface SchemaComparison {
  readonly dialect: Dialect;
  readonly table: CatalogTable;
  /** Columns of the rows to come. */
  readonly plans: readonly ColumnPlan[];
  /** Columns of the rows before, where this task has seen some: only what came from the source is ever dropped or changed. */
  readonly former: readonly RowColumn[];
}

/** Columns that rows have and the table lacks. */
export const missingColumns = ({ dialect, table, plans }: SchemaComparison): readonly ColumnPlan[] =>
  plans.filter(({ column }) => !table.columns.has(dialect.columnKey(column.name)));

export const additions = (comparison: SchemaComparison): readonly SchemaChange[] =>
  missingColumns(comparison).map((plan) => ({
    what: `"${plan.column.name}" is new`,
    statement: comparison.dialect.addColumn(comparison.table.id, plan),
  }));

/** Columns that must have a value, which rows no longer bring, or not always. */
export const relaxations = ({ dialect, table, plans }: SchemaComparison): readonly SchemaChange[] => {
  const wanted = new Map(plans.map(({ column }) => [dialect.columnKey(column.name), column]));
  return [...table.columns]
    .filter(([key, column]) => blocksRows(column, wanted.get(key)))
    .map(([, column]) => ({ what: `"${column.name}" may be null`, statement: dialect.allowNull(table.id, column) }));
};

const blocksRows = (column: CatalogColumn, wanted: RowColumn | undefined): boolean => {
  if (column.isNullable || column.isGenerated) return false;
  return wanted === undefined ? !column.hasDefault : wanted.isOptional && !wanted.isKey;
};

/** Columns that the source had and has no more. */
export const drops = ({ dialect, table, plans, former }: SchemaComparison): readonly SchemaChange[] => {
  const wanted = new Set(plans.map(({ column }) => dialect.columnKey(column.name)));
  return former.flatMap(({ name, isKey }) => {
    const column = table.columns.get(dialect.columnKey(name));
    if (column === undefined || isKey || wanted.has(dialect.columnKey(name))) return [];
    return [{ what: `"${name}" is gone`, statement: dialect.dropColumn(table.id, column.name) }];
  });
};

/** Columns whose type is another one than before; `onlyWider`: where no value can be lost by that. */
export const typeChanges = ({ dialect, table, plans, former }: SchemaComparison, onlyWider: boolean): readonly SchemaChange[] => {
  const before = new Map(former.map((column) => [dialect.columnKey(column.name), column]));
  return plans.flatMap((plan) => {
    const key = dialect.columnKey(plan.column.name);
    const [old, column] = [before.get(key), table.columns.get(key)];
    if (old === undefined || column === undefined || column.isGenerated || isSameType(old.type, plan.column.type)) return [];
    if (onlyWider && !isWidening(old.type, plan.column.type)) return [];
    return [{ what: `"${column.name}" has another type`, statement: dialect.changeType(table.id, column, plan) }];
  });
};

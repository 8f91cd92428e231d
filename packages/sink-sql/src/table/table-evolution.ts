import { systemCode, TaskFailure } from '@headrace/foundation';
import type { Dialect } from '../dialect/dialect.ts';
import type { SqlSession, SqlStatement } from '../dialect/session.ts';
import { errors } from '../errors.ts';
import { failureOf } from '../failure.ts';
import type { CatalogColumn, CatalogTable, ColumnPlan, RowColumn, TableId } from './table.ts';

/** One table, its wanted columns (all of a row, the key first), and what to reach the target with. */
export interface EvolutionRequest {
  readonly dialect: Dialect;
  readonly session: SqlSession;
  readonly id: TableId;
  readonly columns: readonly RowColumn[];
  /** schema.evolution=basic. */
  readonly isAllowed: boolean;
  /** Throws about a table that is there and that no change here would make right; asked before it is changed. */
  verify(table: CatalogTable): void;
}

export const shown = (id: TableId): string => `"${id.schema}"."${id.name}"`;

/**
 * Brings a table to hold rows of these columns: creates it, adds columns, and lets columns be null that rows no longer
 * fill. Never drops, renames or changes a type. Always outside of a data transaction: MySQL commits at DDL. Several tasks
 * may do the same at once: what is there already is fine.
 */
export const evolveTable = async (request: EvolutionRequest, signal: AbortSignal): Promise<CatalogTable> => {
  checkName(request.dialect, request.id, request.id.name);
  checkDistinct(request);
  const before = await readTable(request, signal);
  const statements = before === null ? [creation(request)] : changes(request, before);
  if (before !== null) request.verify(before);
  if (statements.length === 0 && before !== null) return before;
  for (const statement of statements) await runDdl(request, statement, signal);
  const after = await readTable(request, signal);
  if (after === null) {
    throw new TaskFailure(
      errors.missing_table.code,
      `Table ${shown(request.id)} was created and is not there. Do not drop it while the task runs.`,
    );
  }
  return after;
};

const readTable = async ({ dialect, session, id }: EvolutionRequest, signal: AbortSignal): Promise<CatalogTable | null> => {
  try {
    return await dialect.readTable(session, id, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    throw failureOf(dialect, error, `reading the columns of table ${shown(id)}`);
  }
};

const plans = (columns: readonly RowColumn[]): ColumnPlan[] => {
  const keyShare = columns.filter(
    ({ isKey, type }) => isKey && (type.kind === 'string' || type.kind === 'bytes' || type.kind === 'enum'),
  ).length;
  return columns.map((column) => ({ column, keyShare }));
};

const creation = ({ dialect, id, columns, isAllowed }: EvolutionRequest): SqlStatement => {
  if (!isAllowed) {
    throw new TaskFailure(errors.missing_table.code, `Table ${shown(id)} does not exist. Create it or set schema.evolution=basic.`);
  }
  for (const { name } of columns) checkName(dialect, id, name);
  return dialect.createTable({ id, columns: plans(columns) });
};

const checkName = (dialect: Dialect, id: TableId, name: string): void => {
  const problem = dialect.nameProblem(name);
  if (problem === undefined) return;
  throw new TaskFailure(errors.bad_name.code, `Name "${name}" for table ${shown(id)} cannot be used: ${problem}. Rename it on the way.`);
};

/** Names that the target takes for one: MySQL knows columns without regard to case. */
const checkDistinct = ({ dialect, id, columns }: EvolutionRequest): void => {
  const names = new Map<string, string>();
  for (const { name } of columns) {
    const key = dialect.columnKey(name);
    const other = names.get(key);
    if (other !== undefined) {
      throw new TaskFailure(
        errors.bad_name.code,
        `Names "${other}" and "${name}" for table ${shown(id)} are one column to the target. Rename one on the way, or leave it out with field.exclude.list.`,
      );
    }
    names.set(key, name);
  }
};

const changes = (request: EvolutionRequest, table: CatalogTable): SqlStatement[] => {
  const { dialect, id, columns, isAllowed } = request;
  const wanted = new Map(columns.map((column) => [dialect.columnKey(column.name), column]));
  const missing = plans(columns).filter(({ column }) => !table.columns.has(dialect.columnKey(column.name)));
  const [first] = missing;
  if (!isAllowed) {
    if (first === undefined) return [];
    throw new TaskFailure(
      errors.missing_column.code,
      `Table ${shown(id)} has no column "${first.column.name}". Add it, set schema.evolution=basic, or leave the field out with field.exclude.list.`,
    );
  }
  for (const { column } of missing) {
    checkName(dialect, id, column.name);
    if (!column.isKey) continue;
    throw new TaskFailure(
      errors.no_key.code,
      `Table ${shown(id)} has no column "${column.name}", which is part of the key. Add the column and the key yourself.`,
    );
  }
  const relaxed = [...table.columns].filter(([key, column]) => blocksRows(column, wanted.get(key))).map(([, column]) => column);
  return [...missing.map((plan) => dialect.addColumn(id, plan)), ...relaxed.map((column) => dialect.allowNull(id, column))];
};

/** A column that must have a value, which rows no longer bring, or not always. */
const blocksRows = (column: CatalogColumn, wanted: RowColumn | undefined): boolean => {
  if (column.isNullable || column.isGenerated) return false;
  return wanted === undefined ? !column.hasDefault : wanted.isOptional && !wanted.isKey;
};

const runDdl = async ({ dialect, session, id }: EvolutionRequest, statement: SqlStatement, signal: AbortSignal): Promise<void> => {
  try {
    await session.query(statement, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    // PostgreSQL's IF NOT EXISTS loses a race with a violation of a catalog index (23505).
    if (dialect.diagnose(error).diagnosis === 'exists' || systemCode(error) === '23505') return;
    throw failureOf(dialect, error, `changing table ${shown(id)} (${statement.text.slice(0, 200)})`);
  }
};

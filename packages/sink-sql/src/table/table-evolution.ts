import { hasReaction, systemCode, TaskFailure, type Logger } from '@headrace/foundation';
import type { Dialect } from '../dialect/dialect.ts';
import type { SqlSession, SqlStatement } from '../dialect/session.ts';
import { errors } from '../errors.ts';
import { failureOf } from '../failure.ts';
import {
  additions,
  drops,
  missingColumns,
  relaxations,
  typeChanges,
  type EvolutionPolicy,
  type SchemaChange,
  type SchemaComparison,
} from './schema-changes.ts';
import type { CatalogTable, ColumnPlan, RowColumn, TableId } from './table.ts';

/** One table, its wanted columns (all of a row, the key first), and what to reach the target with. */
export interface EvolutionRequest {
  readonly dialect: Dialect;
  readonly session: SqlSession;
  readonly log: Logger;
  readonly id: TableId;
  readonly columns: readonly RowColumn[];
  /** Columns of the rows that came before, where there were any since the task started. */
  readonly former: readonly RowColumn[];
  readonly policy: EvolutionPolicy;
  /** Throws about a table that is there and that no change here would make right; asked before it is changed. */
  verify(table: CatalogTable): void;
}

export const shown = (id: TableId): string => `"${id.schema}"."${id.name}"`;

/**
 * Brings a table to hold rows of these columns, as far as the policy goes. Always outside of a data transaction: MySQL commits
 * at DDL. Several tasks may do the same at once: what is there already is fine.
 */
export const evolveTable = async (request: EvolutionRequest, signal: AbortSignal): Promise<CatalogTable> => {
  checkName(request.dialect, request.id, request.id.name);
  checkDistinct(request);
  const before = await readTable(request, signal);
  if (before === null) await runDdl(request, creation(request), signal);
  else {
    const planned = changes(request, before);
    request.verify(before);
    if (planned.length === 0) return before;
    for (const { statement, what } of planned) await runChange(request, statement, what, signal);
  }
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

const creation = ({ dialect, id, columns, policy }: EvolutionRequest): SqlStatement => {
  if (policy === 'none') {
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

const changes = (request: EvolutionRequest, table: CatalogTable): readonly SchemaChange[] => {
  const { dialect, id, policy, columns, former } = request;
  const comparison: SchemaComparison = { dialect, table, plans: plans(columns), former };
  const missing = missingColumns(comparison);
  const [first] = missing;
  if (policy === 'none' && first !== undefined) {
    throw new TaskFailure(
      errors.missing_column.code,
      `Table ${shown(id)} has no column "${first.column.name}". Add it, set schema.evolution=basic, or leave the field out with field.exclude.list.`,
    );
  }
  checkKey(request, missing);
  const isEvolving = policy === 'evolve' || policy === 'try_evolve';
  switch (policy) {
    case 'none':
      return [];
    case 'ignore':
      return relaxations(comparison);
    case 'exception':
      refuseChange(id, [...additions(comparison), ...drops(comparison), ...typeChanges(comparison, false)][0]);
      return [];
    default: {
      for (const { column } of missing) checkName(dialect, id, column.name);
      const types = policy === 'add' ? [] : typeChanges(comparison, policy === 'lenient');
      const dropped = isEvolving ? drops(comparison) : [];
      // What is dropped needs no permission to be null.
      const relaxed = dropped.length > 0 ? [] : relaxations(comparison);
      return [...additions(comparison), ...dropped, ...types, ...relaxed];
    }
  }
};

/** A key cannot be added to rows that are there. */
const checkKey = ({ id }: EvolutionRequest, missing: readonly ColumnPlan[]): void => {
  const key = missing.find(({ column }) => column.isKey);
  if (key === undefined) return;
  throw new TaskFailure(
    errors.no_key.code,
    `Table ${shown(id)} has no column "${key.column.name}", which is part of the key. Add the column and the key yourself.`,
  );
};

const refuseChange = (id: TableId, change: SchemaChange | undefined): void => {
  if (change === undefined) return;
  throw new TaskFailure(
    errors.schema_changed.code,
    `The source's schema for table ${shown(id)} has changed: column ${change.what}. ${errors.schema_changed.hint}`,
  );
};

/** `try_evolve` goes on with the table as it is where the target refuses a change. */
const runChange = async (request: EvolutionRequest, statement: SqlStatement, what: string, signal: AbortSignal): Promise<void> => {
  try {
    await runDdl(request, statement, signal);
    request.log.info('A table follows the schema of its source.', { table: shown(request.id), column: what });
  } catch (error) {
    if (request.policy !== 'try_evolve' || !hasReaction(error, 'task-failure')) throw error;
    request.log.warn('The target refused to follow a change of schema and stays as it is.', {
      table: shown(request.id),
      error: error.message,
    });
  }
};

const runDdl = async ({ dialect, session, id }: EvolutionRequest, statement: SqlStatement, signal: AbortSignal): Promise<void> => {
  try {
    await session.query(statement, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    // PostgreSQL's IF NOT EXISTS loses a race with a violation of a catalog index (23505).
    if (dialect.diagnose(error).diagnosis === 'exists' || systemCode(error) === '23505') return;
    throw failureOf(dialect, error, `changing table ${shown(id)} (${statement.text.toString().slice(0, 200)})`);
  }
};

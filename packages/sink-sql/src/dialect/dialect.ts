import type { ConnectionTarget } from '../connection-target.ts';
import type { PositionSql } from '../position-sql.ts';
import type { StopSql } from '../stop-sql.ts';
import type { CatalogColumn, CatalogTable, ColumnPlan, TableId, TablePlan } from '../table/table.ts';
import type { EncodeValue } from '../types/plain-text.ts';
import type { LogicalType } from '../types/logical-type.ts';
import type { ColumnStatements } from './column-statements.ts';
import type { RowStatements } from './row-statements.ts';
import type { SqlSession, SqlStatement } from './session.ts';

/** What an error of the driver means for us. */
export type Diagnosis =
  /** The connection is gone, or cannot be made. */
  | 'connection'
  /** Another transaction won. */
  | 'conflict'
  /** One row is at fault. */
  | 'row'
  /** A table or column is not there. */
  | 'missing'
  /** What was to be created is there already. */
  | 'exists'
  | 'access-denied'
  | 'no-database'
  | 'privilege'
  | 'other';

export interface Finding {
  readonly diagnosis: Diagnosis;
  /** Why, in words without row data: condition, column, constraint. */
  readonly reason: string;
}

/** Everything in which PostgreSQL and MySQL differ; the rest of the sink is written against this. */
export interface Dialect {
  readonly name: 'postgres' | 'mysql';
  connect(target: ConnectionTarget, applicationName: string, signal: AbortSignal): Promise<SqlSession>;
  /** Gives one row whose `read_only` is 0 on a server that takes writes. */
  readonly readOnlyQuery: string;
  diagnose(error: unknown): Finding;
  readonly quote: (name: string) => string;
  /** Form under which the server finds a column: as it is, or without regard to case. */
  columnKey(name: string): string;
  /** Why the server would not keep this name as it is; undefined when it does. */
  nameProblem(name: string): string | undefined;
  readTable(session: SqlSession, id: TableId, signal: AbortSignal): Promise<CatalogTable | null>;
  createTable(plan: TablePlan): SqlStatement;
  addColumn(table: TableId, column: ColumnPlan): SqlStatement;
  dropColumn(table: TableId, column: string): SqlStatement;
  /** Gives a column the type of the plan, its values with it; it may be null from then on, unless it is a key. */
  changeType(table: TableId, column: CatalogColumn, plan: ColumnPlan): SqlStatement;
  /** Lets a column be null that was not. */
  allowNull(table: TableId, column: CatalogColumn): SqlStatement;
  /** Writes values of a type for a column of the catalog's type. */
  encoderOf(type: LogicalType, columnType: string): EncodeValue;
  readonly rows: RowStatements;
  /** Left out: rows are sent as rows. */
  readonly columns?: ColumnStatements;
  readonly positions: PositionSql;
  readonly stops: StopSql;
}

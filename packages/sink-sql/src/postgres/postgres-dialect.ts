import type { Dialect } from '../dialect/dialect.ts';
import { postgresColumns } from './postgres-columns.ts';
import { diagnosePostgres } from './postgres-errors.ts';
import { nameProblem, quoteName } from './postgres-names.ts';
import { postgresPositions } from './postgres-positions.ts';
import { postgresRows } from './postgres-rows.ts';
import { postgresStops } from './postgres-stops.ts';
import { connectPostgres } from './postgres-session.ts';
import {
  addPostgresColumn,
  allowPostgresNull,
  changePostgresType,
  createPostgresTable,
  dropPostgresColumn,
  readPostgresTable,
} from './postgres-tables.ts';
import { postgresEncoder } from './postgres-types.ts';

export const postgresDialect: Dialect = {
  name: 'postgres',
  connect: connectPostgres,
  readOnlyQuery: `SELECT CASE WHEN pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on' THEN 1 ELSE 0 END AS read_only`,
  diagnose: diagnosePostgres,
  quote: quoteName,
  columnKey: (name) => name,
  nameProblem,
  readTable: readPostgresTable,
  createTable: createPostgresTable,
  addColumn: addPostgresColumn,
  dropColumn: dropPostgresColumn,
  changeType: changePostgresType,
  allowNull: allowPostgresNull,
  encoderOf: postgresEncoder,
  rows: postgresRows,
  columns: postgresColumns,
  positions: postgresPositions,
  stops: postgresStops,
};

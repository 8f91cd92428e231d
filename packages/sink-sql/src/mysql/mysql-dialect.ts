import type { Dialect } from '../dialect/dialect.ts';
import { mysqlColumns } from './mysql-columns.ts';
import { diagnoseMysql } from './mysql-errors.ts';
import { nameProblem, quoteName } from './mysql-names.ts';
import { mysqlPositions } from './mysql-positions.ts';
import { mysqlRows } from './mysql-rows.ts';
import { mysqlStops } from './mysql-stops.ts';
import { connectMysql } from './mysql-session.ts';
import { addMysqlColumn, allowMysqlNull, changeMysqlType, createMysqlTable, dropMysqlColumn, readMysqlTable } from './mysql-tables.ts';
import { mysqlLiteral } from './mysql-types.ts';

/** MySQL 8 and MariaDB 10.3 or later. */
export const mysqlDialect: Dialect = {
  name: 'mysql',
  connect: connectMysql,
  readOnlyQuery: "SELECT IF(@@read_only IN ('0', 'OFF'), 0, 1) AS read_only",
  diagnose: diagnoseMysql,
  quote: quoteName,
  columnKey: (name) => name.toLowerCase(),
  nameProblem,
  readTable: readMysqlTable,
  createTable: createMysqlTable,
  addColumn: addMysqlColumn,
  dropColumn: dropMysqlColumn,
  changeType: changeMysqlType,
  allowNull: allowMysqlNull,
  encoderOf: mysqlLiteral,
  rows: mysqlRows,
  columns: mysqlColumns,
  positions: mysqlPositions,
  stops: mysqlStops,
};

import { mysqlAlterationsOf } from './mysql-alterations.ts';
import { plainTable, type Dialect } from './dialect.ts';
import { mysqlGeneratedTypes, mysqlKeys, mysqlLongType } from './mysql-generated-types.ts';

export const mysqlDialectOf = (family: 'mysql' | 'mariadb'): Dialect => ({
  types: mysqlGeneratedTypes[family],
  longType: mysqlLongType,
  keys: mysqlKeys,
  neverRequired: new Set(),
  setUp: [],
  // Without the word, a timestamp is required and changes by itself.
  createTable: (table) => [plainTable(table, ' NULL')],
  onConflict: (_, columns) => `ON DUPLICATE KEY UPDATE ${columns.map((column) => `${column} = VALUES(${column})`).join(', ')}`,
  changeKey: ({ name }, from, to) => `UPDATE IGNORE ${name} SET id = ${to} WHERE id = ${from}`,
  truncate: (tables) => tables.map(({ name }) => `TRUNCATE TABLE ${name}`).join('; '),
  truncatesInTransactions: false,
  messages: [],
  alterations: mysqlAlterationsOf,
});

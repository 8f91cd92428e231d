import fc from 'fast-check';
import { alterationsOf, identityOf } from './alterations.ts';
import { keyColumns, plainTable, type Dialect } from './dialect.ts';
import { generatedKeys, generatedTypes, longType, neverRequired } from './generated-types.ts';
import { typeDefinitions } from './types.ts';

const message = fc
  .record({ isTransactional: fc.boolean(), prefix: fc.constantFrom('a', 'b c'), content: fc.constantFrom('', 'text', 'ä🌊') })
  .map(({ isTransactional, prefix, content }) => `SELECT pg_logical_emit_message(${String(isTransactional)}, '${prefix}', '${content}')`);

/** Transactions larger than this are streamed to ours while they run. */
const streamEarly =
  "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET logical_decoding_work_mem = %L', current_database(), '64kB'); END $$";

export const postgresDialect: Dialect = {
  types: generatedTypes,
  longType,
  keys: generatedKeys,
  neverRequired,
  setUp: [streamEarly, ...typeDefinitions],
  createTable: (table) => [
    plainTable(table, ''),
    `CREATE UNIQUE INDEX ${table.name}_again ON ${table.name} (${keyColumns(table)})`,
    identityOf(table, table.identity),
  ],
  onConflict: (table, columns) =>
    `ON CONFLICT (${keyColumns(table)}) DO UPDATE SET ${columns.map((column) => `${column} = EXCLUDED.${column}`).join(', ')}`,
  changeKey: ({ name }, from, to) =>
    `UPDATE ${name} SET id = ${to} WHERE id = ${from} AND NOT EXISTS (SELECT FROM ${name} WHERE id = ${to})`,
  truncate: (tables) => `TRUNCATE ${tables.map(({ name }) => name).join(', ')}`,
  truncatesInTransactions: true,
  messages: [message],
  alterations: alterationsOf,
};

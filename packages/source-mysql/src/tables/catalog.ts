import type { SqlColumn } from '../columns/sql-column.ts';
import type { Dialect } from '../dialect.ts';

/** Runs one query and returns its rows as objects. */
export type RunQuery = (sql: string, values?: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>;

export interface TableName {
  readonly database: string;
  readonly table: string;
}

/** A table as the catalog has it now. */
export interface CatalogTable extends TableName {
  readonly columns: readonly SqlColumn[];
  /** Names of the primary key, or of the first unique key without nullable columns; empty: neither. */
  readonly key: readonly string[];
}

const systemDatabases = ['mysql', 'information_schema', 'performance_schema', 'sys'];

/** Whether a database belongs to the server itself. */
export const isSystemDatabase = (database: string): boolean => systemDatabases.includes(database.toLowerCase());

/** All base tables, by database and name, capitals first. */
export const listTables = async (query: RunQuery): Promise<readonly TableName[]> => {
  const rows = await query(
    `SELECT TABLE_SCHEMA AS db, TABLE_NAME AS name FROM information_schema.TABLES
     WHERE TABLE_TYPE = 'BASE TABLE'`,
  );
  const inOrder = (left: string, right: string): number => (left < right ? -1 : Number(left > right));
  return rows
    .map((row) => ({ database: textOf(row['db']), table: textOf(row['name']) }))
    .toSorted((left, right) => inOrder(left.database, right.database) || inOrder(left.table, right.table));
};

/** The server's estimates, by path; under a condition (null: none) it has none. */
export const estimatedRows = async (
  query: RunQuery,
  conditions: ReadonlyMap<string, string | null>,
): Promise<Readonly<Record<string, number>>> => {
  const rows = await query('SELECT TABLE_SCHEMA AS db, TABLE_NAME AS name, TABLE_ROWS AS n FROM information_schema.TABLES');
  const counts = rows.map((row) => [`${textOf(row['db'])}.${textOf(row['name'])}`, Number(row['n'] ?? 0)] as const);
  return Object.fromEntries(counts.filter(([path]) => conditions.get(path) === null));
};

const columnsQuery = `SELECT COLUMN_NAME AS name, COLUMN_DEFAULT AS dflt, IS_NULLABLE AS nullable, DATA_TYPE AS type, COLUMN_TYPE AS full_type,
   CHARACTER_MAXIMUM_LENGTH AS char_length, NUMERIC_PRECISION AS num_precision, NUMERIC_SCALE AS num_scale,
   DATETIME_PRECISION AS fraction, CHARACTER_SET_NAME AS charset, EXTRA AS extra, COLUMN_COMMENT AS comment
 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`;

const keysQuery = `SELECT INDEX_NAME AS name, COLUMN_NAME AS col, NULLABLE AS nullable, SUB_PART AS prefix
 FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND NON_UNIQUE = 0
 ORDER BY INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX`;

/** One table; undefined when there is none of that name (any more). */
export const readCatalogTable = async (query: RunQuery, dialect: Dialect, name: TableName): Promise<CatalogTable | undefined> => {
  const place = [name.database, name.table];
  const rows = await query(columnsQuery, place);
  if (rows.length === 0) return undefined;
  return { ...name, columns: rows.map((row) => columnOf(row, dialect)), key: await readKey(query, place) };
};

/** Columns of the key of a table, given by its database and name. */
export const readKey = async (query: RunQuery, place: readonly string[]): Promise<readonly string[]> =>
  keyOf(await query(keysQuery, place));

const columnOf = (row: Record<string, unknown>, dialect: Dialect): SqlColumn => {
  const dataType = textOf(row['type']).toLowerCase();
  const fullType = textOf(row['full_type']);
  const inside = fullType.slice(fullType.indexOf('(') + 1, fullType.lastIndexOf(')'));
  const hasValues = dataType === 'enum' || dataType === 'set';
  const has = (attribute: string): boolean => !hasValues && fullType.toLowerCase().includes(attribute);
  return {
    name: textOf(row['name']),
    dataType,
    isUnsigned: has(' unsigned'),
    isNullable: row['nullable'] === 'YES',
    charset: row['charset'] === null ? null : textOf(row['charset']),
    length: dataType === 'bit' ? Number(inside) : Number(row['char_length'] ?? 0),
    precision: Number(row['num_precision'] ?? 0),
    scale: row['num_scale'] === null ? -1 : Number(row['num_scale']),
    fraction: Number(row['fraction'] ?? 0),
    isZerofill: has(' zerofill'),
    declared: hasValues ? [] : declaredNumbers(fullType),
    values: hasValues ? quotedList(inside) : [],
    defaultText: dialect.defaultText(row['dflt'] === null ? null : textOf(row['dflt']), textOf(row['extra'])),
    comment: textOf(row['comment']),
  };
};

/** Of `decimal(10,2) unsigned`. */
const declaredNumbers = (fullType: string): readonly number[] =>
  (/\(([\d,]+)\)/.exec(fullType)?.[1] ?? '')
    .split(',')
    .filter((digits) => digits !== '')
    .map(Number);

/** Values of `'a','it''s'`. */
export const quotedList = (list: string): string[] =>
  [...list.matchAll(/'((?:[^']|'')*)'/g)].map((match) => (match[1] ?? '').replaceAll("''", "'"));

/** Rows come by key, the primary one first. */
const keyOf = (rows: readonly Record<string, unknown>[]): readonly string[] => {
  const keys = Map.groupBy(rows, (row) => textOf(row['name']));
  const usable = [...keys].find(
    ([name, parts]) =>
      name === 'PRIMARY' || parts.every((part) => part['nullable'] !== 'YES' && part['col'] !== null && part['prefix'] === null),
  );
  return usable === undefined ? [] : usable[1].map((part) => textOf(part['col']));
};

export const textOf = (value: unknown): string => {
  if (Buffer.isBuffer(value)) return value.toString('utf8');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
};

/** Names of character sets by collation id, as table maps refer to them. */
export const readCollations = async (query: RunQuery, dialect: Dialect): Promise<ReadonlyMap<number, string>> => {
  const rows = await query(dialect.collationsQuery);
  return new Map(rows.filter((row) => row['id'] !== null).map((row) => [Number(row['id']), textOf(row['charset'])]));
};

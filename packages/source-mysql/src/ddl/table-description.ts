import type { Dialect } from '../dialect.ts';
import { quotedList, readKey, textOf, type RunQuery, type TableName } from '../tables/catalog.ts';
import { quotedName } from './table-statement.ts';

/** A column as schema changes tell it. */
export interface ColumnDescription {
  readonly name: string;
  /** A number of java.sql.Types. */
  readonly jdbcType: number;
  /** Upper case, with UNSIGNED and ZEROFILL, without length. */
  readonly typeName: string;
  readonly charset: string | null;
  readonly length: number | null;
  readonly scale: number | null;
  /** From 1 on. */
  readonly position: number;
  readonly isOptional: boolean;
  readonly isAutoIncremented: boolean;
  readonly isGenerated: boolean;
  readonly comment: string | null;
  readonly defaultExpression: string | null;
  /** Of ENUM and SET, in quotes. */
  readonly values: readonly string[] | null;
}

export interface TableDescription {
  readonly charset: string | null;
  readonly key: readonly string[];
  readonly columns: readonly ColumnDescription[];
  readonly comment: string | null;
}

const columnsQuery = `SELECT COLUMN_NAME AS name, ORDINAL_POSITION AS pos, COLUMN_DEFAULT AS dflt, IS_NULLABLE AS nullable, DATA_TYPE AS type,
   COLUMN_TYPE AS full_type, CHARACTER_SET_NAME AS charset, COLUMN_KEY AS ckey, EXTRA AS extra, COLUMN_COMMENT AS comment
 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`;

// The first word of a collation is its character set. MariaDB lists newer collations without it.
const tableQuery = `SELECT TABLE_COMMENT AS comment, SUBSTRING_INDEX(TABLE_COLLATION, '_', 1) AS charset FROM information_schema.TABLES
 WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?`;

export interface Describing {
  readonly query: RunQuery;
  readonly dialect: Dialect;
  /** Comments are asked for. */
  readonly withComments: boolean;
}

/** A table as the catalog has it now; undefined when there is none of that name. */
export const describeTable = async (describing: Describing, { database, table }: TableName): Promise<TableDescription | undefined> => {
  const { query, withComments } = describing;
  const place = [database, table];
  await untilSettled(describing, { database, table });
  const columns = await query(columnsQuery, place);
  if (columns.length === 0) return undefined;
  const [row = {}] = await query(tableQuery, place);
  return {
    charset: orNull(textOf(row['charset'])),
    key: await readKey(query, place),
    columns: columns.map((column) => columnOf(column, describing)),
    comment: withComments ? orNull(textOf(row['comment'])) : null,
  };
};

/**
 * MySQL logs a statement before its catalog shows what it did. Until then the statement locks the table, which a query of the
 * table has to wait for, and nobody else for longer than this.
 */
const untilSettled = async ({ query, dialect }: Describing, name: TableName): Promise<void> => {
  if (dialect.name !== 'mysql') return;
  // A table that is gone, or locked by others, is described as the catalog has it.
  await query(`SELECT /*+ MAX_EXECUTION_TIME(2000) */ 1 FROM ${quotedName(name)} LIMIT 0`).catch(() => undefined);
};

const orNull = (text: string): string | null => (text === '' ? null : text);

/** Numbers of java.sql.Types, as Debezium's parser has them. */
const jdbcTypes: Readonly<Record<string, number>> = {
  bit: -7,
  tinyint: 5,
  smallint: 5,
  mediumint: 4,
  int: 4,
  bigint: -5,
  float: 6,
  double: 8,
  decimal: 3,
  year: 4,
  date: 91,
  time: 92,
  datetime: 93,
  timestamp: 2014,
  char: 1,
  varchar: 12,
  tinytext: 12,
  text: 12,
  mediumtext: 12,
  longtext: 12,
  binary: -2,
  varbinary: -3,
  tinyblob: 2004,
  blob: 2004,
  mediumblob: 2004,
  longblob: 2004,
  enum: 1,
  set: 1,
};
const OTHER = 1111;

/** As Debezium tells defaults: the present time as the epoch, bits as digits, bytes as text. */
const toldDefault = (literal: string | null): string | null => {
  if (literal === null) return null;
  const hex = /^0x((?:[0-9a-f]{2})+)$/i.exec(literal)?.[1];
  if (hex !== undefined) return Buffer.from(hex, 'hex').toString('utf8');
  if (/^(current_timestamp|now)\b/i.test(literal)) return '1970-01-01 00:00:00';
  return /^b'([01]*)'$/i.exec(literal)?.[1] ?? literal;
};

type DeclaredType = Pick<ColumnDescription, 'jdbcType' | 'typeName' | 'length' | 'scale' | 'values'>;

/** What a type like `decimal(8,2) unsigned` says. */
const declaredType = (type: string, fullType: string): DeclaredType => {
  const jdbcType = jdbcTypes[type] ?? OTHER;
  if (type === 'enum' || type === 'set') {
    const labels = quotedList(fullType.slice(fullType.indexOf('(') + 1, fullType.lastIndexOf(')')));
    // As Debezium counts: one character of an ENUM, as many of a SET as its labels and commas are.
    const length = type === 'set' ? Math.max(0, labels.length * 2 - 1) : 1;
    return {
      jdbcType,
      typeName: type.toUpperCase(),
      length,
      scale: null,
      values: labels.map((label) => `'${label.replaceAll("'", "''")}'`),
    };
  }
  const [length = null, scale = null] = /\(([^()]*)\)/.exec(fullType)?.[1]?.split(',').map(Number) ?? [];
  const attributes = fullType.slice(fullType.indexOf(')') + 1).replace(/^[a-z ]*?(?= unsigned| zerofill|$)/i, '');
  return { jdbcType, typeName: `${type}${attributes}`.toUpperCase(), length, scale, values: null };
};

const columnOf = (row: Record<string, unknown>, { dialect, withComments }: Describing): ColumnDescription => {
  const extra = textOf(row['extra']);
  const isAutoIncremented = /auto_increment/i.test(extra);
  return {
    name: textOf(row['name']),
    ...declaredType(textOf(row['type']).toLowerCase(), textOf(row['full_type'])),
    charset: orNull(textOf(row['charset'])),
    position: Number(row['pos']),
    isOptional: row['nullable'] === 'YES',
    isAutoIncremented,
    // As Debezium has it: numbers that the server gives, not columns that it reckons.
    isGenerated: isAutoIncremented,
    comment: withComments ? orNull(textOf(row['comment'])) : null,
    defaultExpression: toldDefault(dialect.defaultText(row['dflt'] === null ? null : textOf(row['dflt']), extra)),
  };
};

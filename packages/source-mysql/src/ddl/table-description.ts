import type { Dialect } from '../dialect.ts';
import { quotedList, readKey, textOf, type RunQuery, type TableName } from '../tables/catalog.ts';

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

/** As Debezium tells defaults: the present time as the epoch, bits as digits. */
const toldDefault = (literal: string | null): string | null => {
  if (literal === null) return null;
  if (/^(current_timestamp|now)\b/i.test(literal)) return '1970-01-01 00:00:00';
  return /^b'([01]*)'$/i.exec(literal)?.[1] ?? literal;
};

/** As Debezium counts: one character of an ENUM, as many of a SET as its values and commas are. */
const lengthOfValues = (type: string, values: readonly string[]): number => (type === 'set' ? Math.max(0, values.length * 2 - 1) : 1);

const columnOf = (row: Record<string, unknown>, { dialect, withComments }: Describing): ColumnDescription => {
  const type = textOf(row['type']).toLowerCase();
  const fullType = textOf(row['full_type']);
  const extra = textOf(row['extra']);
  const hasValues = type === 'enum' || type === 'set';
  const values = hasValues ? quotedList(fullType.slice(fullType.indexOf('(') + 1, fullType.lastIndexOf(')'))) : [];
  const inside = /\(([^()]*)\)/.exec(fullType)?.[1];
  const [length = null, scale = null] = hasValues ? [lengthOfValues(type, values)] : (inside?.split(',').map(Number) ?? []);
  const attributes = hasValues ? '' : fullType.slice(fullType.indexOf(')') + 1).replace(/^[a-z ]*?(?= unsigned| zerofill|$)/i, '');
  return {
    name: textOf(row['name']),
    jdbcType: jdbcTypes[type] ?? OTHER,
    typeName: `${type}${attributes}`.toUpperCase(),
    charset: orNull(textOf(row['charset'])),
    length,
    scale,
    position: Number(row['pos']),
    isOptional: row['nullable'] === 'YES',
    isAutoIncremented: /auto_increment/i.test(extra),
    // As Debezium has it: numbers that the server gives, not columns that it reckons.
    isGenerated: /auto_increment/i.test(extra),
    comment: withComments ? orNull(textOf(row['comment'])) : null,
    defaultExpression: toldDefault(dialect.defaultText(row['dflt'] === null ? null : textOf(row['dflt']), extra)),
    values: hasValues ? values.map((value) => `'${value.replaceAll("'", "''")}'`) : null,
  };
};

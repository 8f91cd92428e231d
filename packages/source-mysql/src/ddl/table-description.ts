import { quotedList, textOf, type RunQuery, type TableName } from '../tables/catalog.ts';

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

const tableQuery = `SELECT T.TABLE_COMMENT AS comment, C.CHARACTER_SET_NAME AS charset FROM information_schema.TABLES T
 LEFT JOIN information_schema.COLLATION_CHARACTER_SET_APPLICABILITY C ON C.COLLATION_NAME = T.TABLE_COLLATION
 WHERE T.TABLE_SCHEMA = ? AND T.TABLE_NAME = ?`;

const keyQuery = `SELECT COLUMN_NAME AS name FROM information_schema.STATISTICS
 WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND INDEX_NAME = 'PRIMARY' ORDER BY SEQ_IN_INDEX`;

/** A table as the catalog has it now, comments only where they are asked for; undefined when there is none of that name. */
export const describeTable = async (
  query: RunQuery,
  { database, table }: TableName,
  withComments: boolean,
): Promise<TableDescription | undefined> => {
  const place = [database, table];
  const columns = await query(columnsQuery, place);
  if (columns.length === 0) return undefined;
  const [row = {}] = await query(tableQuery, place);
  const keys = await query(keyQuery, place);
  return {
    charset: orNull(textOf(row['charset'])),
    key: keys.map((key) => textOf(key['name'])),
    columns: columns.map((column) => columnOf(column, withComments)),
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

/** MariaDB's catalog has SQL: NULL in words, texts in quotes. */
const literalOf = (value: unknown): string | null => {
  const sql = textOf(value);
  return value === null || sql.toUpperCase() === 'NULL' ? null : (/^'(.*)'$/su.exec(sql)?.[1] ?? sql);
};

const columnOf = (row: Record<string, unknown>, withComments: boolean): ColumnDescription => {
  const type = textOf(row['type']).toLowerCase();
  const fullType = textOf(row['full_type']);
  const extra = textOf(row['extra']);
  const hasValues = type === 'enum' || type === 'set';
  const inside = /\(([^()]*)\)/.exec(fullType)?.[1];
  const [length = null, scale = null] = hasValues ? [1] : (inside?.split(',').map(Number) ?? []);
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
    // As Debezium has it, numbers that the server gives are generated as well.
    isGenerated: /auto_increment|(stored|virtual|persistent) generated/i.test(extra),
    comment: withComments ? orNull(textOf(row['comment'])) : null,
    defaultExpression: literalOf(row['dflt']),
    values: hasValues
      ? quotedList(fullType.slice(fullType.indexOf('(') + 1, fullType.lastIndexOf(')'))).map((value) => `'${value}'`)
      : null,
  };
};

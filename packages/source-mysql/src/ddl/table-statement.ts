import type { TableName } from '../tables/catalog.ts';
import { TokenReader } from './tokens.ts';

/** What a statement did to one table. */
export interface TableChange {
  readonly type: 'CREATE' | 'ALTER' | 'DROP';
  readonly table: TableName;
  /** Its name before, where it was renamed. */
  readonly previous?: TableName;
  /** A statement that does this alone, where several tables may stand in one. */
  readonly alone?: string;
}

/** A statement about tables or databases. */
export interface TableStatement {
  /** The database it is about; undefined: that of the session. */
  readonly database: string | undefined;
  readonly changes: readonly TableChange[];
  /** Every table of this database is gone. */
  readonly droppedDatabase?: string;
}

type Read = (reader: TokenReader, database: string) => TableStatement | undefined;

/** undefined: it is about something else (views, users, routines), or cannot be understood. `database`: that of the session. */
export const readTableStatement = (sql: string, database: string): TableStatement | undefined => {
  const reader = new TokenReader(sql);
  const read = statements.find(([word]) => reader.take(word))?.[1];
  return read?.(reader, database);
};

const createStatement: Read = (reader, database) => {
  reader.take('OR', 'REPLACE');
  if (reader.takeAny('DATABASE', 'SCHEMA')) return databaseStatement(reader);
  if (reader.take('TEMPORARY')) return undefined;
  if (reader.take('TABLE')) {
    reader.take('IF', 'NOT', 'EXISTS');
    return aboutOne('CREATE', tableName(reader, database));
  }
  return indexStatement(reader, database);
};

/** `[ONLINE|OFFLINE] [UNIQUE|FULLTEXT|SPATIAL] INDEX name ... ON table`, with CREATE or DROP before it. */
const indexStatement: Read = (reader, database) => {
  while (reader.takeAny('ONLINE', 'OFFLINE', 'UNIQUE', 'FULLTEXT', 'SPATIAL'));
  if (!reader.take('INDEX')) return undefined;
  reader.take('IF', 'NOT', 'EXISTS');
  reader.take('IF', 'EXISTS');
  while (!reader.isAtEnd) {
    if (reader.take('ON')) return aboutOne('ALTER', tableName(reader, database));
    reader.skip();
  }
  return undefined;
};

const alterStatement: Read = (reader, database) => {
  if (reader.takeAny('DATABASE', 'SCHEMA')) return databaseStatement(reader);
  while (reader.takeAny('ONLINE', 'OFFLINE', 'IGNORE'));
  if (!reader.take('TABLE')) return undefined;
  reader.take('IF', 'EXISTS');
  const table = tableName(reader, database);
  if (table === undefined) return undefined;
  const renamed = renameOf(reader, table.database);
  return {
    database: table.database,
    changes: [{ type: 'ALTER', table: renamed ?? table, ...(renamed === undefined ? {} : { previous: table }) }],
  };
};

/** `RENAME [TO|AS|=] name` among the clauses of an ALTER; RENAME COLUMN, INDEX and KEY are about parts of the table. */
const renameOf = (reader: TokenReader, database: string): TableName | undefined => {
  for (let depth = 0; !reader.isAtEnd;) {
    if (reader.take('(')) depth += 1;
    else if (reader.take(')')) depth -= 1;
    else if (depth === 0 && reader.take('RENAME') && !reader.takeAny('COLUMN', 'INDEX', 'KEY')) {
      reader.takeAny('TO', 'AS', '=');
      return tableName(reader, database);
    } else reader.skip();
  }
  return undefined;
};

const dropStatement: Read = (reader, database) => {
  if (reader.takeAny('DATABASE', 'SCHEMA')) {
    const statement = databaseStatement(reader);
    return statement?.database === undefined ? undefined : { ...statement, droppedDatabase: statement.database };
  }
  if (reader.take('TEMPORARY')) return undefined;
  if (!reader.takeAny('TABLE', 'TABLES')) return indexStatement(reader, database);
  const condition = reader.take('IF', 'EXISTS') ? 'IF EXISTS ' : '';
  const changes: TableChange[] = [];
  do {
    const table = tableName(reader, database);
    if (table === undefined) return undefined;
    changes.push({ type: 'DROP', table, alone: `DROP TABLE ${condition}${quotedName(table)}` });
  } while (reader.take(','));
  return { database: changes[0]?.table.database, changes };
};

const renameStatement: Read = (reader, database) => {
  if (!reader.takeAny('TABLE', 'TABLES')) return undefined;
  const changes: TableChange[] = [];
  do {
    const { taken } = reader;
    reader.take('IF', 'EXISTS');
    const previous = tableName(reader, database);
    const table = reader.take('TO') ? tableName(reader, database) : undefined;
    if (previous === undefined || table === undefined) return undefined;
    changes.push({ type: 'ALTER', table, previous, alone: `RENAME TABLE ${reader.wordsSince(taken)}` });
  } while (reader.take(','));
  return { database: changes[0]?.table.database, changes };
};

const quote = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

/** For a statement. */
export const quotedName = ({ database, table }: TableName): string => `${quote(database)}.${quote(table)}`;

const databaseStatement = (reader: TokenReader): TableStatement | undefined => {
  reader.take('IF', 'NOT', 'EXISTS');
  reader.take('IF', 'EXISTS');
  const database = reader.name();
  return database === undefined ? undefined : { database, changes: [] };
};

const aboutOne = (type: TableChange['type'], table: TableName | undefined): TableStatement | undefined =>
  table === undefined ? undefined : { database: table.database, changes: [{ type, table }] };

/** `[database .] table`. */
const tableName = (reader: TokenReader, database: string): TableName | undefined => {
  const first = reader.name();
  if (first === undefined) return undefined;
  if (!reader.take('.')) return { database, table: first };
  const second = reader.name();
  return second === undefined ? undefined : { database: first, table: second };
};

const statements: readonly (readonly [string, Read])[] = [
  ['CREATE', createStatement],
  ['ALTER', alterStatement],
  ['DROP', dropStatement],
  ['RENAME', renameStatement],
];

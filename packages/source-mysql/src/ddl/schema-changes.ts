import type { SourceRecord } from '@headrace/connector-api';
import type { SnapshotMarker } from '@headrace/cdc';
import type { Dialect } from '../dialect.ts';
import type { SourceBlocks, SourcePlace } from '../source-block.ts';
import { textOf, type RunQuery, type TableName } from '../tables/catalog.ts';
import type { TableSchemas } from '../tables/table-schemas.ts';
import type { DescribedChange, SchemaChangeRecords } from './schema-change.ts';
import { describeTable } from './table-description.ts';
import { quotedName, readTableStatement, type TableChange, type TableStatement } from './table-statement.ts';

/** A statement of the log. */
export interface LoggedStatement {
  readonly text: string;
  /** Of the session. */
  readonly database: string;
}

/** Where it stands, without the tables it is about. */
export interface StatementPlace extends Omit<SourcePlace, 'database' | 'table'> {
  /** null: in the log. */
  readonly marker: SnapshotMarker | null;
}

export interface SchemaChangesOptions {
  readonly schemas: TableSchemas;
  readonly source: SourceBlocks;
  readonly query: RunQuery;
  readonly dialect: Dialect;
  readonly records: SchemaChangeRecords;
  /** `include.schema.comments`. */
  readonly withComments: boolean;
  readonly now: () => number;
}

const quote = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

/**
 * Tells the schema changes of captured tables. The statement is the log's; the tables are described as the catalog has them when
 * it is read, which is later than the statement where the log is read late.
 */
export class SchemaChanges {
  readonly #options: SchemaChangesOptions;

  constructor(options: SchemaChangesOptions) {
    this.#options = options;
  }

  /** Records of one statement, one for each captured table in it; none where it is about none. */
  async ofStatement({ text, database }: LoggedStatement, place: StatementPlace): Promise<readonly SourceRecord[]> {
    const statement = readTableStatement(text, database);
    if (statement === undefined || !this.#concerns(statement)) return [];
    const tables = statement.changes.map(({ table }) => table.table).join(',');
    const where = { ...place, table: tables === '' ? null : tables };
    const named = statement.database ?? database;
    if (statement.changes.length === 0) return [this.#record(text, named, [], where)];
    const records: SourceRecord[] = [];
    for (const change of statement.changes.filter((each) => this.#isCaptured(each))) {
      const { type, table: name } = change;
      records.push(this.#record(change.alone ?? text, named, [{ type, name, table: await this.#describe(type, name) }], where));
    }
    return records;
  }

  /** Records that make the tables of a snapshot, database by database. */
  async ofSnapshot(tables: readonly TableName[], place: StatementPlace): Promise<SourceRecord[]> {
    const records: SourceRecord[] = [];
    const add = (ddl: string, name: { database: string; table: string | null }, changes: readonly DescribedChange[] = []): void => {
      records.push(this.#record(ddl, name.database, changes, { ...place, table: name.table }));
    };
    add(await this.#setCharset(), { database: '', table: null });
    for (const name of tables) add(`DROP TABLE IF EXISTS ${quotedName(name)}`, name, [{ type: 'DROP', name, table: undefined }]);
    for (const [database, itsTables] of Map.groupBy(tables, (name) => name.database)) {
      const none = { database, table: null };
      add(`DROP DATABASE IF EXISTS ${quote(database)}`, none);
      add(await this.#createDatabase(database), none);
      add(`USE ${quote(database)}`, none);
      for (const name of itsTables) {
        const table = await this.#table(name);
        if (table !== undefined) add(await this.#createTable(name), name, [{ type: 'CREATE', name, table }]);
      }
    }
    return records;
  }

  #concerns({ database, changes, droppedDatabase }: TableStatement): boolean {
    const { schemas } = this.#options;
    if (changes.length > 0) return changes.some((change) => this.#isCaptured(change));
    return schemas.isDatabaseCaptured(database ?? droppedDatabase ?? '');
  }

  #isCaptured({ table, previous }: TableChange): boolean {
    return [table, previous].some((name) => name !== undefined && this.#options.schemas.isCaptured(name));
  }

  async #describe(type: DescribedChange['type'], name: TableName): Promise<DescribedChange['table']> {
    return type === 'DROP' ? undefined : this.#table(name);
  }

  #table(name: TableName): Promise<DescribedChange['table']> {
    const { query, dialect, withComments } = this.#options;
    return describeTable({ query, dialect, withComments }, name);
  }

  async #createDatabase(database: string): Promise<string> {
    const [row = {}] = await this.#options.query(
      'SELECT DEFAULT_CHARACTER_SET_NAME AS charset, DEFAULT_COLLATION_NAME AS coll FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?',
      [database],
    );
    return `CREATE DATABASE ${quote(database)} CHARSET ${textOf(row['charset'])} COLLATE ${textOf(row['coll'])}`;
  }

  async #setCharset(): Promise<string> {
    const [row = {}] = await this.#options.query('SELECT @@character_set_server AS charset, @@collation_server AS coll');
    return `SET character_set_server=${textOf(row['charset'])}, collation_server=${textOf(row['coll'])}`;
  }

  async #createTable(name: TableName): Promise<string> {
    const [row = {}] = await this.#options.query(`SHOW CREATE TABLE ${quotedName(name)}`);
    return textOf(row['Create Table']);
  }

  #record(
    ddl: string,
    database: string,
    changes: readonly DescribedChange[],
    place: StatementPlace & { readonly table: string | null },
  ): SourceRecord {
    const { source, records, now } = this.#options;
    source.enter({ ...place, database });
    return records.record({ database, ddl, changes, source: source.row(0, place.marker), ms: now() });
  }
}

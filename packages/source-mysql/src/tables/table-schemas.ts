import { isDeepStrictEqual } from 'node:util';
import { TaskFailure } from '@headrace/foundation';
import type { ByteCursor } from '../binlog/byte-cursor.ts';
import type { Dialect } from '../dialect.ts';
import { readTableId, readTableMap, type TableMap } from '../binlog/table-map.ts';
import { errors } from '../errors.ts';
import { capturedTable, pathOf, type CapturedTable, type CaptureOptions } from './captured-table.ts';
import { isSystemDatabase, type CatalogTable, type TableName } from './catalog.ts';
import { describeFromLog, type Collations, type DescribedTable } from './log-columns.ts';
import { logTable, LogTable } from './log-table.ts';
import type { TableMemory } from './table-memory.ts';

/** Reads one table from the catalog as it is now; undefined when there is none. */
export type LoadTable = (name: TableName) => Promise<CatalogTable | undefined>;

export interface TableSchemasOptions {
  readonly capture: CaptureOptions;
  readonly isDatabaseIncluded: (database: string) => boolean;
  readonly collations: Collations;
  readonly hasCharset: Dialect['hasCharset'];
  readonly load: LoadTable;
  readonly memory: TableMemory;
}

/** Stands for a table that is not captured. */
export const IGNORED = 'ignored';

/**
 * The tables of a task in their present version. A version is one object for as long as nothing about the table changes,
 * whatever table ids the log gives it.
 */
export class TableSchemas {
  readonly #options: CaptureOptions;
  readonly #isDatabaseIncluded: (database: string) => boolean;
  readonly #collations: Collations;
  readonly #hasCharset: Dialect['hasCharset'];
  readonly #load: LoadTable;
  readonly #memory: TableMemory;
  readonly #catalog = new Map<string, CatalogTable | undefined>();
  readonly #captured = new Map<string, CapturedTable>();
  readonly #byPath = new Map<string, LogTable | typeof IGNORED>();
  readonly #byId = new Map<number, LogTable | typeof IGNORED>();

  constructor(options: TableSchemasOptions) {
    this.#options = options.capture;
    this.#isDatabaseIncluded = options.isDatabaseIncluded;
    this.#collations = options.collations;
    this.#hasCharset = options.hasCharset;
    this.#load = options.load;
    this.#memory = options.memory;
  }

  isDatabaseCaptured(database: string): boolean {
    if (this.#options.config['table.ignore.builtin'] && isSystemDatabase(database)) return false;
    return this.#isDatabaseIncluded(database);
  }

  isCaptured(name: TableName): boolean {
    return this.isDatabaseCaptured(name.database) && this.#options.filter.isTableIncluded(pathOf(name));
  }

  /** A table as the catalog has it now, for the snapshot; undefined when it is gone. */
  async fromCatalog(name: TableName): Promise<CapturedTable | undefined> {
    const catalog = await this.#read(name);
    return catalog === undefined ? undefined : this.#version(name, catalog);
  }

  /** Like `fromCatalog`; the log goes on from where the table is so. */
  async forSnapshot(name: TableName): Promise<CapturedTable | undefined> {
    const table = await this.fromCatalog(name);
    if (table !== undefined) this.#memory.remember(name, table);
    return table;
  }

  /** Like `fromCatalog`, whatever was known before. */
  async reread(name: TableName): Promise<CapturedTable | undefined> {
    this.#catalog.delete(pathOf(name));
    return this.fromCatalog(name);
  }

  /** The version known by that name, for events that carry no table map. */
  current(name: TableName): CapturedTable | undefined {
    return this.#captured.get(pathOf(name));
  }

  /**
   * Takes a TABLE_MAP event in. True: rows of it can be read. False: the table is new or has changed, `learn` is to be
   * awaited with the same cursor, which has not moved then.
   */
  recognise(cursor: ByteCursor): boolean {
    const start = cursor.offset;
    const tableId = readTableId(cursor);
    const known = this.#byId.get(tableId);
    if (known === IGNORED) return true;
    if (known?.signature.compare(cursor.bytes, cursor.offset, cursor.end) === 0) return true;
    cursor.offset = start;
    return false;
  }

  async learn(cursor: ByteCursor): Promise<LogTable | typeof IGNORED> {
    const map = readTableMap(cursor, this.#hasCharset);
    const name = { database: map.database, table: map.table };
    if (!this.isCaptured(name)) {
      this.#byId.set(map.tableId, IGNORED);
      return IGNORED;
    }
    const known = this.#byPath.get(pathOf(name));
    const isSame = known instanceof LogTable && known.signature.equals(map.signature);
    const table = isSame ? known : await this.#describe(name, map);
    this.#byPath.set(pathOf(name), table);
    this.#byId.set(map.tableId, table);
    return table;
  }

  /** What the rows of a table id are; undefined when no table map came before them. */
  byId(tableId: number): LogTable | typeof IGNORED | undefined {
    return this.#byId.get(tableId);
  }

  /** A new file or connection: table ids start over. */
  forgetIds(): void {
    this.#byId.clear();
  }

  /** A statement that may have changed tables: those whose database or name it mentions are looked up again. */
  invalidate(statement: string, database: string): void {
    this.#memory.forget(statement, database);
    const text = `${statement} ${database}`.toLowerCase();
    for (const path of [...this.#catalog.keys(), ...this.#byPath.keys()]) {
      const table = path.slice(path.indexOf('.') + 1).toLowerCase();
      if (!text.includes(table)) continue;
      this.#catalog.delete(path);
      this.#byPath.delete(path);
    }
    this.#byId.clear();
  }

  /** Captured tables that a statement mentions by name. */
  mentioned(statement: string): readonly string[] {
    const text = statement.toLowerCase();
    return [...this.#captured.keys()].filter((path) => text.includes(path.slice(path.indexOf('.') + 1).toLowerCase()));
  }

  async #read(name: TableName): Promise<CatalogTable | undefined> {
    const path = pathOf(name);
    if (!this.#catalog.has(path)) this.#catalog.set(path, await this.#load(name));
    return this.#catalog.get(path);
  }

  async #describe(name: TableName, map: TableMap): Promise<LogTable> {
    const remembered = await this.#memory.recall(name);
    const known = remembered !== undefined && hasNames(remembered, map) ? this.#fit(name, map, remembered) : undefined;
    if (known instanceof LogTable) return known;
    const table = await this.#describeByCatalog(name, map);
    this.#memory.remember(name, table.captured);
    return table;
  }

  async #describeByCatalog(name: TableName, map: TableMap): Promise<LogTable> {
    const first = this.#fit(name, map, await this.#read(name));
    if (first instanceof LogTable) return first;
    this.#catalog.delete(pathOf(name));
    const catalog = await this.#read(name);
    const second = this.#fit(name, map, catalog);
    if (second instanceof LogTable) return second;
    throw mismatch(name, map, catalog, second.misfit);
  }

  #fit(name: TableName, map: TableMap, catalog: DescribedTable | undefined): LogTable | { readonly misfit: number } {
    const described = describeFromLog(map, catalog, this.#collations, this.#options.types) ?? catalog;
    return described === undefined ? { misfit: 0 } : logTable(this.#version(name, described), map);
  }

  /** The same object as before when nothing changed. */
  #version(name: TableName, described: DescribedTable): CapturedTable {
    const path = pathOf(name);
    const known = this.#captured.get(path);
    if (known !== undefined && isDeepStrictEqual(known.columns, described.columns) && isDeepStrictEqual(known.key, described.key)) {
      return known;
    }
    const version = capturedTable(name, described.columns, described.key, this.#options);
    this.#captured.set(path, version);
    return version;
  }
}

/** Whether the names that the log tells, if it does, are those of the table. */
const hasNames = ({ columns }: DescribedTable, { optional: { names } }: TableMap): boolean =>
  names === undefined || (names.length === columns.length && names.every((name, index) => name === columns[index]?.name));

const mismatch = (name: TableName, map: TableMap, catalog: CatalogTable | undefined, index: number): TaskFailure => {
  const column = catalog?.columns[index]?.name;
  const what =
    catalog === undefined
      ? 'the table does not exist any more'
      : catalog.columns.length === map.columns.length && column !== undefined
        ? `column ${column} has another type now`
        : `it has ${String(catalog.columns.length)} columns now and had ${String(map.columns.length)} then`;
  return new TaskFailure(
    errors.schema_mismatch.code,
    `A row of table ${pathOf(name)} in the log does not fit the catalog: ${what}. ${errors.schema_mismatch.hint}`,
  );
};

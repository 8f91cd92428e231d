import { TaskFailure, type Logger } from '@headrace/foundation';
import type { Dialect } from '../dialect/dialect.ts';
import type { SqlSession } from '../dialect/session.ts';
import { errors } from '../errors.ts';
import { failureOf } from '../failure.ts';
import type { EvolutionPolicy } from './schema-changes.ts';
import { evolveTable, shown } from './table-evolution.ts';
import type { CatalogTable, RowColumn, TableId, TargetColumn, TargetTable } from './table.ts';

export interface TableRegistryOptions {
  readonly dialect: Dialect;
  readonly policy: EvolutionPolicy;
  readonly log: Logger;
  /** Rows are written by upsert, which needs a unique index over the key. */
  readonly needsUniqueKey: boolean;
}

/** A table with the columns asked for, in their order; null for a column that the server computes itself, or that the policy leaves out. */
export interface BoundTable {
  readonly table: TargetTable;
  /** There is a unique index besides the key. */
  readonly hasOtherUniqueKeys: boolean;
  readonly columns: readonly (TargetColumn | null)[];
  readonly catalog: CatalogTable;
}

/** Target tables as the task knows them. Not a cache of rows: only of what the catalog said when a schema was first seen. */
export class TableRegistry {
  readonly #options: TableRegistryOptions;
  readonly #tables = new Map<string, TargetTable>();
  /** Columns of the rows that were bound last, by quoted table. */
  readonly #bound = new Map<string, readonly RowColumn[]>();

  constructor(options: TableRegistryOptions) {
    this.#options = options;
  }

  /** Makes sure that rows of these columns can be written, changing the table where that is allowed. */
  async bindRows(session: SqlSession, id: TableId, columns: readonly RowColumn[], signal: AbortSignal): Promise<BoundTable> {
    const { dialect, policy, log } = this.#options;
    const { quoted } = this.table(id);
    const former = this.#bound.get(quoted) ?? [];
    const verify = (table: CatalogTable): void => {
      if (this.#options.needsUniqueKey) this.#checkKey(table, columns);
    };
    const catalog = await evolveTable({ dialect, session, log, id, columns, former, policy, verify }, signal);
    verify(catalog);
    this.#bound.set(quoted, columns);
    return this.#bind(catalog, columns);
  }

  /** For deletes: the key of a table as it is. Null when there is no such table, so that nothing is to be deleted. */
  async bindKey(session: SqlSession, id: TableId, key: readonly RowColumn[], signal: AbortSignal): Promise<BoundTable | null> {
    const catalog = await this.#read(session, id, signal);
    return catalog === null ? null : this.#bind(catalog, key);
  }

  #bind(catalog: CatalogTable, columns: readonly RowColumn[]): BoundTable {
    const { dialect, policy } = this.#options;
    const key = columns.filter(({ isKey }) => isKey);
    return {
      catalog,
      table: this.table(catalog.id),
      hasOtherUniqueKeys: catalog.uniqueKeys.some((names) => !this.#isKey(names, key)),
      columns: columns.map((column) => {
        const found = catalog.columns.get(dialect.columnKey(column.name));
        if (found === undefined) {
          if (policy === 'ignore' || policy === 'try_evolve') return null;
          throw new TaskFailure(errors.missing_column.code, `Table ${shown(catalog.id)} has no column "${column.name}". Add it.`);
        }
        if (found.isGenerated) return null;
        return {
          name: found.name,
          quoted: dialect.quote(found.name),
          type: column.type,
          columnType: found.type,
          isFolded: found.isFolded,
          encode: dialect.encoderOf(column.type, found.type),
        };
      }),
    };
  }

  async #read(session: SqlSession, id: TableId, signal: AbortSignal): Promise<CatalogTable | null> {
    const { dialect, policy } = this.#options;
    try {
      const catalog = await dialect.readTable(session, id, signal);
      if (catalog !== null || policy !== 'none') return catalog;
    } catch (error) {
      if (signal.aborted) throw error;
      throw failureOf(dialect, error, `reading the columns of table ${shown(id)}`);
    }
    throw new TaskFailure(errors.missing_table.code, `Table ${shown(id)} does not exist. Create it or set schema.evolution=basic.`);
  }

  /** One object per table, so that rows of several schemas meet in one batch. */
  table(id: TableId): TargetTable {
    const { dialect } = this.#options;
    const quoted = `${dialect.quote(id.schema)}.${dialect.quote(id.name)}`;
    let table = this.#tables.get(quoted);
    if (table === undefined) this.#tables.set(quoted, (table = { id, quoted }));
    return table;
  }

  #isKey(names: readonly string[], key: readonly RowColumn[]): boolean {
    const { dialect } = this.#options;
    const wanted = new Set(key.map(({ name }) => dialect.columnKey(name)));
    return names.length === wanted.size && names.every((name) => wanted.has(dialect.columnKey(name)));
  }

  #checkKey(catalog: CatalogTable, columns: readonly RowColumn[]): void {
    const key = columns.filter(({ isKey }) => isKey);
    if (catalog.uniqueKeys.some((names) => this.#isKey(names, key))) return;
    const names = key.map(({ name }) => `"${name}"`).join(', ');
    throw new TaskFailure(
      errors.no_key.code,
      `Table ${shown(catalog.id)} has no primary key or unique index over exactly ${names}, so rows cannot be upserted. Add one.`,
    );
  }
}

/**
 * The shape of each captured table at the stored position, so that rows logged before an ALTER are read in their own shape
 * though the catalog has only the newest. It lies beside the position, in source partitions of its own
 * (`{"server": topic.prefix, "table": path}`), and is stored in one with it: there is no history topic that could be lost or run ahead.
 * Where it is missing, the catalog counts.
 */
import type { JsonMap, SourcePosition } from '@headrace/connector-api';
import { readTableStatement } from '../ddl/table-statement.ts';
import { pathOf } from './captured-table.ts';
import type { TableName } from './catalog.ts';
import type { DescribedTable } from './log-columns.ts';

export interface TableMemoryOptions {
  /** topic.prefix. */
  readonly server: string;
  /** What is stored of a source partition. */
  readonly position: (partition: JsonMap) => Promise<JsonMap | null>;
}

const SCHEMA = 'schema';

/** Whether a source partition is one of these. */
export const isTablePartition = (partition: JsonMap): boolean => 'table' in partition;

export class TableMemory {
  readonly #options: TableMemoryOptions;
  /** By path: as far as the log is read; null: the catalog counts. */
  readonly #known = new Map<string, DescribedTable | null>();
  /** Databases that were dropped. */
  readonly #gone = new Set<string>();
  /** Paths that differ from what is stored. */
  readonly #unstored = new Set<string>();

  constructor(options: TableMemoryOptions) {
    this.#options = options;
  }

  /** The table where the log is read; undefined: it is not known. */
  async recall(name: TableName): Promise<DescribedTable | undefined> {
    const path = pathOf(name);
    const known = this.#known.get(path);
    if (known !== undefined) return known ?? undefined;
    const stored = this.#gone.has(name.database) ? null : await this.#stored(path);
    this.#known.set(path, stored);
    return stored ?? undefined;
  }

  /** The table has this shape where the log is read. */
  remember(name: TableName, { columns, key }: DescribedTable): void {
    const path = pathOf(name);
    this.#known.set(path, { columns, key });
    this.#unstored.add(path);
  }

  /** A statement of the log: tables it changes have another shape from here on. */
  forget(statement: string, database: string): void {
    const read = readTableStatement(statement, database);
    if (read?.droppedDatabase !== undefined) this.#forgetDatabase(read.droppedDatabase);
    for (const { table, previous } of read?.changes ?? []) {
      for (const name of previous === undefined ? [table] : [table, previous]) this.#drop(pathOf(name));
    }
  }

  /** What has changed since it was asked last, to be stored with the position. */
  takeUnstored(): readonly SourcePosition[] {
    const paths = [...this.#unstored];
    this.#unstored.clear();
    return paths.map((path) => {
      const table = this.#known.get(path) ?? null;
      return { partition: this.#partition(path), offset: table === null ? null : { [SCHEMA]: JSON.stringify(table) } };
    });
  }

  #drop(path: string): void {
    this.#known.set(path, null);
    this.#unstored.add(path);
  }

  #forgetDatabase(database: string): void {
    this.#gone.add(database);
    for (const path of this.#known.keys()) if (path.startsWith(`${database}.`)) this.#drop(path);
  }

  async #stored(path: string): Promise<DescribedTable | null> {
    const text = (await this.#options.position(this.#partition(path)))?.[SCHEMA];
    return typeof text === 'string' ? (JSON.parse(text) as DescribedTable) : null;
  }

  #partition(path: string): JsonMap {
    return { server: this.#options.server, table: path };
  }
}

import type { RowChange, RowNumbers } from './workload.ts';

/** The rows of a workload's source, and what has become of them since somebody asked. */
export class SourceRows {
  readonly columns: ReadonlyMap<string, readonly string[]>;
  readonly #rows: ReadonlyMap<string, Map<number, RowNumbers>>;
  #changes: RowChange[] = [];

  /** `columns`: by table; the key is `id`. */
  constructor(columns: Readonly<Record<string, readonly string[]>>) {
    this.columns = new Map(Object.entries(columns));
    this.#rows = new Map(Object.keys(columns).map((table) => [table, new Map<number, RowNumbers>()]));
  }

  number(table: string, id: number, column: string): number {
    return this.#of(table).get(id)?.[column] ?? 0;
  }

  /** Columns that are not named stay as they are. */
  write(table: string, row: RowNumbers & { readonly id: number }): void {
    const rows = this.#of(table);
    const before = rows.get(row.id);
    const after = { ...before, ...row };
    rows.set(row.id, after);
    this.#changes.push({ kind: before === undefined ? 'insert' : 'update', table, row: after });
  }

  add(table: string, id: number, column: string, amount: number): void {
    this.write(table, { id, [column]: this.number(table, id, column) + amount });
  }

  /** Ends a transaction: its changes. */
  commit(): readonly RowChange[] {
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  rowsOf(table: string): Iterable<RowNumbers> {
    return this.#of(table).values();
  }

  all(): ReadonlyMap<string, readonly RowNumbers[]> {
    return new Map([...this.#rows].map(([table, rows]) => [table, [...rows].sort(([a], [b]) => a - b).map(([, row]) => row)]));
  }

  #of(table: string): Map<number, RowNumbers> {
    const found = this.#rows.get(table);
    if (found === undefined) throw new RangeError(`There is no table ${table}.`);
    return found;
  }
}

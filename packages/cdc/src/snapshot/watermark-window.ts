/**
 * One chunk of rows read while the log is streamed (DBLog). Between the chunk's low and high watermark, each row that
 * changes in the log is dropped from the chunk, because the log's version is the newer one; at the high watermark the rest
 * is older than anything the log says next, and is emitted.
 *
 * Keys are texts made by `windowKey`; one window is open at a time.
 */
export class WatermarkWindow<R> {
  readonly table: string;
  readonly #rows: Map<string, R>;

  constructor(table: string, rows: Map<string, R>) {
    this.table = table;
    this.#rows = rows;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** A change of `key` was seen in the log. */
  drop(key: string): void {
    this.#rows.delete(key);
  }

  /** The table was truncated or changed its shape: nothing of the chunk counts any more. */
  dropAll(): void {
    this.#rows.clear();
  }

  /** What is left, in key order as read; ends the window. */
  close(): readonly R[] {
    const rows = [...this.#rows.values()];
    this.#rows.clear();
    return rows;
  }
}

/** One text per key: the parts with their lengths, so that no two keys are confused. */
export const windowKey = (parts: readonly (string | null)[]): string =>
  parts.map((part) => (part === null ? '-' : `${String(part.length)}:${part}`)).join('|');

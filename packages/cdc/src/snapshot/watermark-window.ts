import { Struct } from '@headrace/connector-api';

/**
 * One chunk of rows read while the log is streamed (DBLog). The window opens before the chunk is read; from then on each row
 * that changes in the log is left out of the chunk, because the log's version is the newer one. It closes where the log has
 * told all that the chunk shows: what is left is then older than anything the log says next, and is emitted.
 *
 * Keys are texts made by `windowKey`.
 */
export class WatermarkWindow<R> {
  readonly table: string;
  readonly #changed = new Set<string>();
  #isEmptied = false;
  #rows: Map<string, R> | undefined;

  constructor(table: string) {
    this.table = table;
  }

  get size(): number {
    return this.#rows?.size ?? 0;
  }

  /** The chunk is read: its rows by key, in the order of the key. */
  fill(rows: Map<string, R>): void {
    this.#rows = rows;
    if (this.#isEmptied) rows.clear();
    for (const key of this.#changed) rows.delete(key);
    this.#changed.clear();
  }

  /** A change of `key` was seen in the log. */
  drop(key: string): void {
    if (this.#rows === undefined) this.#changed.add(key);
    else this.#rows.delete(key);
  }

  /** The table was truncated: nothing of the chunk counts any more. */
  dropAll(): void {
    this.#isEmptied = true;
    this.#rows?.clear();
  }

  /** What is left, in key order as read; ends the window. */
  close(): readonly R[] {
    const rows = [...(this.#rows?.values() ?? [])];
    this.#rows?.clear();
    return rows;
  }
}

/** One text per key: the parts with their lengths, so that no two keys are confused. */
export const windowKey = (parts: readonly (string | null)[]): string =>
  parts.map((part) => (part === null ? '-' : `${String(part.length)}:${part}`)).join('|');

/** The text of some columns of a row of physical values. */
export const rowKey = (row: readonly unknown[], indexes: readonly number[]): string =>
  windowKey(indexes.map((index) => valueText(row[index])));

const bigintText = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

const valueText = (value: unknown): string | null => {
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (value instanceof Struct) return rowKey(value.values, [...value.values.keys()]);
  return typeof value === 'string' ? value : JSON.stringify(value, bigintText);
};

/**
 * SQL that reads a table in pieces by ascending key. A piece's upper bound is looked up first, so that the rows themselves
 * come without columns of ours; bounds travel as texts, one for each key column.
 */
import type { SqlColumn } from '../columns/sql-column.ts';
import type { CapturedTable } from '../tables/captured-table.ts';

/** How one key column is turned into text by the server, and text into a literal. */
interface KeyPart {
  readonly column: string;
  readonly asText: string;
  literal(text: string): string;
}

export type KeyBound = readonly string[];

/** What a range is of, other than a table's rows by its own key. */
export interface RangeSource {
  /** Columns that order the rows. */
  readonly key?: readonly string[];
  /** An SQL condition on the rows; null: none. */
  readonly filter?: string | null;
  /** A statement that selects the rows, all captured columns among its own. */
  readonly select?: string | undefined;
}

const identifier = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

const NUMBER = /^-?\d+(\.\d+)?$/;
const HEX = /^[0-9A-Fa-f]*$/;
const PLAIN = /^[^'\\]*$/;

/** Bounds come back from stored offsets: what is no such text is never put into SQL. */
const checked = (pattern: RegExp, text: string): string => {
  if (!pattern.test(text)) throw new RangeError(`"${text}" is no bound of a key.`);
  return text;
};

const numbers = new Set(['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'year']);
const texts = new Set(['char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext']);
const binaries = new Set(['binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob']);
const quoted = new Set(['date', 'datetime', 'timestamp', 'time', 'uuid', 'inet4', 'inet6']);

const keyPart = ({ name, dataType }: SqlColumn): KeyPart | undefined => {
  const column = identifier(name);
  if (numbers.has(dataType)) return { column, asText: `CAST(${column} AS CHAR)`, literal: (text) => checked(NUMBER, text) };
  if (quoted.has(dataType)) return { column, asText: `CAST(${column} AS CHAR)`, literal: (text) => `'${checked(PLAIN, text)}'` };
  if (binaries.has(dataType)) return { column, asText: `HEX(${column})`, literal: (text) => `x'${checked(HEX, text)}'` };
  if (!texts.has(dataType)) return undefined;
  return { column, asText: `HEX(CONVERT(${column} USING utf8mb4))`, literal: (text) => `_utf8mb4 x'${checked(HEX, text)}'` };
};

export class KeyRange {
  readonly #parts: readonly KeyPart[];
  readonly #table: string;
  readonly #columns: string;
  /** Conditions that all rows meet. */
  readonly #filters: readonly string[];

  private constructor(table: CapturedTable, parts: readonly KeyPart[], { filter = null, select }: RangeSource) {
    this.#parts = parts;
    this.#filters = filter === null ? [] : [`(${filter})`];
    this.#table = select === undefined ? `${identifier(table.database)}.${identifier(table.table)}` : `(${select}) AS selected_rows`;
    const captured = table.columns.filter((_, index) => table.types[index] !== undefined);
    this.#columns = captured.map((column) => identifier(column.name)).join(', ');
  }

  static of(table: CapturedTable, source: RangeSource = {}): KeyRange {
    const parts = (source.key ?? table.key).map((name) => {
      const column = table.columns.find((candidate) => candidate.name === name);
      return column === undefined ? undefined : keyPart(column);
    });
    const isComplete = parts.every((part) => part !== undefined);
    return new KeyRange(table, isComplete ? parts : [], source);
  }

  /** False: no key, or one whose order cannot be written as a condition. The table is then read in one go. */
  get hasPieces(): boolean {
    return this.#parts.length > 0;
  }

  /** How many texts a bound has. */
  get width(): number {
    return this.#parts.length;
  }

  /** The bound of the piece of `rows` rows after `from`, up to `to`; no row: it is the last piece. */
  boundQuery(from: KeyBound | null, rows: number, to: KeyBound | null = null): string {
    return `SELECT ${this.#texts()} FROM ${this.#table}${this.#where(from, to)}${this.#order()} LIMIT 1 OFFSET ${String(rows - 1)}`;
  }

  /** The greatest key; no row: there is none. */
  lastKeyQuery(): string {
    const order = this.#parts.map((part) => `${part.column} DESC`).join(', ');
    const present = this.#parts.map((part) => `${part.column} IS NOT NULL`);
    return `SELECT ${this.#texts()} FROM ${this.#table} WHERE ${[...this.#filters, ...present].join(' AND ')} ORDER BY ${order} LIMIT 1`;
  }

  /** Captured columns of the rows after `from` up to `to`; null: open. */
  rowsQuery(from: KeyBound | null, to: KeyBound | null): string {
    return `SELECT ${this.#columns} FROM ${this.#table}${this.#where(from, to)}${this.#order()}`;
  }

  #texts(): string {
    return this.#parts.map((part) => part.asText).join(', ');
  }

  #order(): string {
    return this.hasPieces ? ` ORDER BY ${this.#parts.map((part) => part.column).join(', ')}` : '';
  }

  #where(from: KeyBound | null, to: KeyBound | null): string {
    const conditions = [
      ...this.#filters,
      ...(from === null ? [] : [this.#beyond(from, '>')]),
      ...(to === null ? [] : [`NOT ${this.#beyond(to, '>')}`, ...this.#leading(to)]),
    ];
    return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  }

  /** Says for the optimiser what the condition on all columns means for the first one. */
  #leading(to: KeyBound): readonly string[] {
    const [first] = this.#parts;
    return first === undefined ? [] : [`${first.column} <= ${first.literal(to[0] ?? '')}`];
  }

  /** `(a > 1 OR (a = 1 AND b > 2))`, with `a >= 1` before it for the optimiser. */
  #beyond(bound: KeyBound, comparison: '>'): string {
    const alternatives = this.#parts.map((part, index) => {
      const equal = this.#parts.slice(0, index).map((before, at) => `${before.column} = ${before.literal(bound[at] ?? '')}`);
      return [...equal, `${part.column} ${comparison} ${part.literal(bound[index] ?? '')}`].join(' AND ');
    });
    return `(${alternatives.map((each) => `(${each})`).join(' OR ')})`;
  }
}

import type { Database } from '../../support/databases.ts';

type Product = Database['kind'];

/** A row of ten columns, about 150 bytes, with the types that most tables have. */
const columns: Readonly<Record<Product, string>> = {
  postgres: `id bigint PRIMARY KEY, customer_id integer NOT NULL, status varchar(16) NOT NULL, amount numeric(12,2) NOT NULL,
    quantity smallint NOT NULL, is_paid boolean NOT NULL, score double precision, placed_at timestamp NOT NULL,
    updated_at timestamptz NOT NULL, note text`,
  mariadb: `id bigint PRIMARY KEY, customer_id integer NOT NULL, status varchar(16) NOT NULL, amount decimal(12,2) NOT NULL,
    quantity smallint NOT NULL, is_paid boolean NOT NULL, score double, placed_at datetime(6) NOT NULL,
    updated_at timestamp(6) NOT NULL DEFAULT current_timestamp(6), note text`,
};

const values: Readonly<Record<Product, string>> = {
  postgres: `i, i * 7919 % 100000, (ARRAY['new','paid','shipped','cancelled'])[1 + i % 4], (i % 1000000) / 100.0, i % 100,
    i % 2 = 0, i / 7.0, timestamp '2026-01-01' + i % 31536000 * interval '1 second',
    timestamptz '2026-01-01Z' + i % 31536000 * interval '1.000001 second'`,
  mariadb: `i, i * 7919 % 100000, elt(1 + i % 4, 'new', 'paid', 'shipped', 'cancelled'), (i % 1000000) / 100, i % 100,
    i % 2 = 0, i / 7e0, timestamp '2026-01-01 00:00:00' + interval i % 31536000 second,
    timestamp '2026-02-01 00:00:00' + interval i % 1000000 second + interval i % 1000 microsecond`,
};

const series: Readonly<Record<Product, (from: number, to: number) => string>> = {
  postgres: (from, to) => `generate_series(${String(from)}::bigint, ${String(to)}) AS i`,
  mariadb: (from, to) => `(SELECT seq AS i FROM seq_${String(from)}_to_${String(to)}) AS numbers`,
};

/** Size of a row as text: of the nine columns before the note, and of a whole one as it comes by itself. */
const bareRowBytes = 95;
export const plainRowBytes = 138;

/** How many tables a load is spread over, and how large their rows are. */
export interface TableShape {
  readonly tables: number;
  /** As text; from 100 on. */
  readonly rowBytes: number;
}

export const plainShape: TableShape = { tables: 1, rowBytes: plainRowBytes };

const rowsPerStatement = 50_000;

/** Rows that a transaction of the mixed load inserts, updates and deletes. */
const mix = { inserted: 50, updated: 40, deleted: 10 } as const;
/** Half inserts, 40 % updates, 10 % deletes. */
export const changesPerTransaction = mix.inserted + mix.updated + mix.deleted;

export interface OrdersOptions {
  /** Default: orders. */
  readonly name?: string;
  /** Default: as they come, `plainRowBytes`. Others are for PostgreSQL alone. */
  readonly rowBytes?: number;
  /** Id of the first row that `mark` inserts. */
  readonly firstMark?: number;
}

/** A table of the benchmarks and its loads, made by the servers themselves so that loading takes seconds. */
export class Orders {
  readonly name: string;
  readonly #database: Database;
  readonly #signal: AbortSignal;
  readonly #rowBytes: number;
  #nextMark: number;

  constructor(database: Database, signal: AbortSignal, options: OrdersOptions = {}) {
    this.#database = database;
    this.#signal = signal;
    this.name = options.name ?? 'orders';
    this.#rowBytes = options.rowBytes ?? plainRowBytes;
    this.#nextMark = options.firstMark ?? 9_000_000_000;
  }

  async create(): Promise<void> {
    await this.#database.run(`CREATE TABLE ${this.name} (${columns[this.#database.kind]})`);
    // What is long is not to be packed: neither the time that takes nor the few bytes it leaves are what is measured.
    if (!this.#isPlain) await this.#database.run(`ALTER TABLE ${this.name} ALTER note SET STORAGE EXTERNAL`);
  }

  /** Rows 1 to `rows`, for a snapshot. */
  async fill(rows: number): Promise<void> {
    for (let from = 1; from <= rows; from += rowsPerStatement) {
      this.#signal.throwIfAborted();
      await this.#database.run(this.#insert(from, Math.min(rows, from + rowsPerStatement - 1)));
    }
    await this.#database.run(`${this.#database.kind === 'postgres' ? 'VACUUM ANALYZE' : 'ANALYZE TABLE'} ${this.name}`);
  }

  /** The rows that the first transaction of the mixed load changes. */
  async seed(): Promise<void> {
    await this.#database.run(this.#insert(1, mix.inserted));
  }

  /** One row that no load touches, to see whether changes arrive; resolves with its id. */
  async mark(): Promise<number> {
    const id = this.#nextMark++;
    await this.#database.run(this.#insert(id, id));
    return id;
  }

  /**
   * A transaction of the mixed load, of a hundred changes: inserts fifty rows, updates forty of the fifty of the transaction
   * before and deletes the other ten. `number` counts from 1, behind `seed`.
   */
  transaction(number: number): string {
    const start = number * mix.inserted + 1;
    const before = start - mix.inserted;
    return [
      'BEGIN',
      this.#insert(start, start + mix.inserted - 1),
      // A long value that stays as it was would not be in the log.
      `UPDATE ${this.name} SET status = 'changed', amount = amount + 1, quantity = quantity + 1${this.#isPlain ? '' : ', note = reverse(note)'}
        WHERE id BETWEEN ${String(before)} AND ${String(before + mix.updated - 1)}`,
      `DELETE FROM ${this.name} WHERE id BETWEEN ${String(before + mix.updated)} AND ${String(start - 1)}`,
      'COMMIT',
    ].join(';');
  }

  get #isPlain(): boolean {
    return this.#rowBytes === plainRowBytes;
  }

  #insert(from: number, to: number): string {
    const { kind } = this.#database;
    return `INSERT INTO ${this.name} SELECT ${values[kind]}, ${this.#note()} FROM ${series[kind](from, to)}`;
  }

  #note(): string {
    if (this.#isPlain) return this.#database.kind === 'postgres' ? "'order note ' || md5(i::text)" : "concat('order note ', md5(i))";
    const length = this.#rowBytes - bareRowBytes;
    return `left(repeat(md5(i::text), ${String(Math.ceil(length / 32))}), ${String(length)})`;
  }
}

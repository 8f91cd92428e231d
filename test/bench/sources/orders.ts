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
    timestamptz '2026-01-01Z' + i % 31536000 * interval '1.000001 second', 'order note ' || md5(i::text)`,
  mariadb: `i, i * 7919 % 100000, elt(1 + i % 4, 'new', 'paid', 'shipped', 'cancelled'), (i % 1000000) / 100, i % 100,
    i % 2 = 0, i / 7e0, timestamp '2026-01-01 00:00:00' + interval i % 31536000 second,
    timestamp '2026-02-01 00:00:00' + interval i % 1000000 second + interval i % 1000 microsecond, concat('order note ', md5(i))`,
};

const series: Readonly<Record<Product, (from: number, to: number) => string>> = {
  postgres: (from, to) => `generate_series(${String(from)}::bigint, ${String(to)}) AS i`,
  mariadb: (from, to) => `(SELECT seq AS i FROM seq_${String(from)}_to_${String(to)}) AS numbers`,
};

const rowsPerStatement = 50_000;

/** Rows that a transaction of the mixed load inserts, updates and deletes. */
const mix = { inserted: 50, updated: 40, deleted: 10 } as const;
const changesPerTransaction = mix.inserted + mix.updated + mix.deleted;
const transactionsPerRequest = 20;

/** The table of all benchmarks and its loads, made by the servers themselves so that loading takes seconds. */
export class Orders {
  readonly #database: Database;
  readonly #signal: AbortSignal;
  #nextMark: number;

  /** `firstMark`: id of the first row that `mark` inserts. */
  constructor(database: Database, signal: AbortSignal, firstMark = 9_000_000_000) {
    this.#database = database;
    this.#signal = signal;
    this.#nextMark = firstMark;
  }

  async create(): Promise<void> {
    await this.#database.run(`CREATE TABLE orders (${columns[this.#database.kind]})`);
  }

  /** Rows 1 to `rows`, for a snapshot. */
  async fill(rows: number): Promise<void> {
    for (let from = 1; from <= rows; from += rowsPerStatement) {
      this.#signal.throwIfAborted();
      await this.#database.run(this.#insert(from, Math.min(rows, from + rowsPerStatement - 1)));
    }
    await this.#database.run(this.#database.kind === 'postgres' ? 'VACUUM ANALYZE orders' : 'ANALYZE TABLE orders');
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
   * Half inserts, 40 % updates, 10 % deletes, in transactions of a hundred changes: each inserts fifty rows, updates forty
   * of the fifty that came before and deletes the other ten. Returns the number of changes, `changes` rounded up.
   */
  async mix(changes: number): Promise<number> {
    const transactions = Math.ceil(changes / changesPerTransaction);
    for (let first = 1; first <= transactions; first += transactionsPerRequest) {
      this.#signal.throwIfAborted();
      const count = Math.min(transactionsPerRequest, transactions - first + 1);
      await this.#database.run(Array.from({ length: count }, (_, index) => this.#transaction(first + index)).join(';'));
    }
    return transactions * changesPerTransaction;
  }

  #transaction(number: number): string {
    const start = number * mix.inserted + 1;
    const before = start - mix.inserted;
    return [
      'BEGIN',
      this.#insert(start, start + mix.inserted - 1),
      `UPDATE orders SET status = 'changed', amount = amount + 1, quantity = quantity + 1
        WHERE id BETWEEN ${String(before)} AND ${String(before + mix.updated - 1)}`,
      `DELETE FROM orders WHERE id BETWEEN ${String(before + mix.updated)} AND ${String(start - 1)}`,
      'COMMIT',
    ].join(';');
  }

  #insert(from: number, to: number): string {
    const { kind } = this.#database;
    return `INSERT INTO orders SELECT ${values[kind]} FROM ${series[kind](from, to)}`;
  }
}

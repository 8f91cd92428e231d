import type { Database } from '../support/databases.ts';

/** A small seeded generator: the same seed makes the same shop. */
export const seeded = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

const names = [
  "Ana O'Hara",
  'Björn Åström',
  '李小龙',
  'Zoë "Z" Quinn',
  'Maximilian Müller',
  'Иван Петров',
  'backslash \\ name',
  'smile 😀',
];
const statuses = ['new', 'paid', 'shipped', 'cancelled'];

/** Makes literals for one product; the data is the same for both. */
class Literals {
  readonly #kind: Database['kind'];
  readonly #random: () => number;

  constructor(kind: Database['kind'], random: () => number) {
    this.#kind = kind;
    this.#random = random;
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  text(value: string): string {
    const doubled = value.replaceAll("'", "''");
    return `'${this.#kind === 'mariadb' ? doubled.replaceAll('\\', '\\\\') : doubled}'`;
  }

  maybe(literal: string): string {
    return this.below(8) === 0 ? 'NULL' : literal;
  }

  bytes(): string {
    const hex = Array.from({ length: 2 * this.below(33) }, () => this.below(16).toString(16)).join('');
    return this.#kind === 'postgres' ? `'\\x${hex}'` : `X'${hex}'`;
  }

  date(): string {
    return `'${String(1950 + this.below(80))}-${two(1 + this.below(12))}-${two(1 + this.below(28))}'`;
  }

  time(): string {
    return `'${two(this.below(24))}:${two(this.below(60))}:${two(this.below(60))}.${six(this.below(1_000_000))}'`;
  }

  timestamp(): string {
    const day = `${String(2000 + this.below(30))}-${two(1 + this.below(12))}-${two(1 + this.below(28))}`;
    return `'${day} ${this.time().slice(1, -1)}'`;
  }

  decimal(whole: number, scale: number): string {
    const sign = this.below(10) === 0 ? '-' : '';
    return `${sign}${String(this.below(whole))}.${String(this.below(10 ** scale)).padStart(scale, '0')}`;
  }

  boolean(): string {
    return this.below(2) === 0 ? 'false' : 'true';
  }
}

const two = (value: number): string => String(value).padStart(2, '0');
const six = (value: number): string => String(value).padStart(6, '0');

/** Writes a shop and keeps changing it, as SQL statements of one database. */
export class ShopLoad {
  readonly #database: Database;
  readonly #literals: Literals;
  #nextCustomer = 1;
  #nextOrder = 1;
  #hasPriority = false;
  #changes = 0;

  constructor(database: Database, seed: number) {
    this.#database = database;
    this.#literals = new Literals(database.kind, seeded(seed));
  }

  /** Row changes committed so far. */
  get changes(): number {
    return this.#changes;
  }

  /** From now on orders have the column that the ALTER TABLE added. */
  usePriority(): void {
    this.#hasPriority = true;
  }

  /** The rows that the snapshot will find. */
  async fill(customers: number, ordersPerCustomer: number): Promise<void> {
    const chunk = 250;
    for (let first = 0; first < customers; first += chunk) {
      const count = Math.min(chunk, customers - first);
      await this.#database.transaction(async (run) => {
        await run(this.#insertCustomers(count));
        await run(this.#insertOrders(count * ordersPerCustomer));
      });
    }
  }

  /** One transaction of one to five changes. */
  async step(): Promise<void> {
    const changes = 1 + this.#literals.below(5);
    await this.#database.transaction(async (run) => {
      for (let change = 0; change < changes; change += 1) await run(this.#change());
    });
    this.#changes += changes;
  }

  #change(): string {
    const { below } = { below: (limit: number) => this.#literals.below(limit) };
    const dice = below(100);
    if (dice < 35) return this.#insertOrders(1);
    if (dice < 50) return this.#insertItem();
    if (dice < 55) return this.#insertCustomers(1);
    if (dice < 75) return this.#updateOrder();
    if (dice < 88) return this.#updateCustomer();
    if (dice < 94) return `DELETE FROM shop.order_items WHERE order_id = ${String(1 + below(this.#nextOrder))}`;
    return `DELETE FROM shop.orders WHERE id = ${String(1 + below(this.#nextOrder))}`;
  }

  #insertCustomers(count: number): string {
    const rows = Array.from({ length: count }, () => {
      const l = this.#literals;
      const id = this.#nextCustomer++;
      const profile = JSON.stringify({ id, tags: ['a', l.pick(names)], nested: { ok: l.below(2) === 0, n: l.below(1_000_000) / 8 } });
      const uuid = `'00000000-0000-4000-8000-${String(id).padStart(12, '0')}'`;
      return `(${[
        String(id),
        l.text(`user${String(id)}@example.org`),
        l.maybe(l.text(l.pick(names))),
        l.boolean(),
        l.maybe(l.decimal(1_000_000_000, 2)),
        l.maybe(l.date()),
        l.timestamp(),
        l.maybe(l.text(profile)),
        l.maybe(uuid),
        l.maybe(l.bytes()),
        l.maybe(String(l.below(1_000_000) / 7)),
      ].join(', ')})`;
    });
    return `INSERT INTO shop.customers (id, email, full_name, vip, credit, birthday, created_at, profile, external_id, avatar, score) VALUES ${rows.join(', ')}`;
  }

  #insertOrders(count: number): string {
    const columns = 'id, customer_id, status, amount, quantity, stock_code, placed_at, due_date, delivery_time, note, paid';
    const rows = Array.from({ length: count }, () => {
      const l = this.#literals;
      const values = [
        String(this.#nextOrder++),
        String(1 + l.below(this.#nextCustomer)),
        l.text(l.pick(statuses)),
        l.decimal(1_000_000, 4),
        l.maybe(String(l.below(65_536) - 32_768)),
        l.maybe(String(l.below(4_294_967_296))),
        l.maybe(l.timestamp()),
        l.maybe(l.date()),
        l.maybe(l.time()),
        l.maybe(l.text(`note ${l.pick(names)}`)),
        l.maybe(l.boolean()),
      ];
      return `(${(this.#hasPriority ? [...values, l.maybe(String(l.below(10)))] : values).join(', ')})`;
    });
    return `INSERT INTO shop.orders (${columns}${this.#hasPriority ? ', priority' : ''}) VALUES ${rows.join(', ')}`;
  }

  #insertItem(): string {
    const l = this.#literals;
    const line = this.#changes * 10 + l.below(10);
    const values = `${String(1 + l.below(this.#nextOrder))}, ${String(line)}, 'SKU-${String(l.below(9_999))}', ${l.decimal(10_000, 2)}, ${l.maybe(String(l.below(10_000) / 3))}`;
    const ignore = this.#database.kind === 'postgres' ? 'ON CONFLICT DO NOTHING' : 'ON DUPLICATE KEY UPDATE sku = sku';
    return `INSERT INTO shop.order_items (order_id, line_no, sku, price, weight) VALUES (${values}) ${ignore}`;
  }

  #updateOrder(): string {
    const l = this.#literals;
    const priority = this.#hasPriority ? `, priority = ${String(l.below(10))}` : '';
    return `UPDATE shop.orders SET status = ${l.text(l.pick(statuses))}, amount = ${l.decimal(1_000_000, 4)}, paid = ${l.boolean()}${priority} WHERE id = ${String(1 + l.below(this.#nextOrder))}`;
  }

  #updateCustomer(): string {
    const l = this.#literals;
    return `UPDATE shop.customers SET credit = ${l.decimal(1_000_000_000, 2)}, full_name = ${l.text(l.pick(names))} WHERE id = ${String(1 + l.below(this.#nextCustomer))}`;
  }
}

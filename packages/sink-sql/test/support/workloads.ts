import { primitive, type SinkRecord } from '@headrace/connector-api';
import { SeededRandom } from '@headrace/testkit';
import { TableEvents, type Row } from './records.ts';
import { inTransaction, TransactionTopic } from './transactions.ts';

/** Transactions of a source as records, and what must be true of its copy at every moment. */
export interface Workload {
  readonly topics: readonly string[];
  readonly ddl: readonly string[];
  /** Rows of the snapshot, then transactions. */
  readonly snapshot: readonly SinkRecord[];
  readonly changes: readonly SinkRecord[];
  /** One row: columns that must have these values in every state a reader sees. */
  readonly invariant: string;
  readonly expected: Readonly<Record<string, string>>;
  /** Rows at the end, by table. */
  readonly tables: ReadonlyMap<string, readonly Row[]>;
}

/** Keeps the rows of a source's tables and writes what its log would have. */
class Source {
  readonly #prefix: string;
  readonly #tables = new Map<string, { readonly events: TableEvents; readonly rows: Map<number, Row> }>();
  readonly #boundaries: TransactionTopic;
  readonly snapshot: SinkRecord[] = [];
  readonly changes: SinkRecord[] = [];
  #number = 0;
  #pending: SinkRecord[] = [];

  constructor(prefix: string) {
    this.#prefix = prefix;
    this.#boundaries = new TransactionTopic(`${prefix}_tx`);
  }

  get topics(): readonly string[] {
    return [...[...this.#tables.keys()].map((name) => `${this.#prefix}_${name}`), this.#boundaries.topic];
  }

  get tables(): ReadonlyMap<string, readonly Row[]> {
    return new Map(
      [...this.#tables].map(([name, { rows }]) => [
        `${this.#prefix}_${name}`,
        [...rows].sort(([one], [other]) => one - other).map(([, row]) => row),
      ]),
    );
  }

  /** Integer columns; the first is the key. */
  table(name: string, columns: readonly string[]): void {
    const topic = `${this.#prefix}_${name}`;
    const events = new TableEvents({
      topic,
      key: columns.slice(0, 1),
      columns: columns.map((column) => [column, primitive('int32')] as const),
    });
    this.#tables.set(name, { events, rows: new Map() });
  }

  row(name: string, id: number): Row {
    return this.#of(name).rows.get(id) ?? {};
  }

  number(name: string, id: number, column: string): number {
    return Number(this.row(name, id)[column] ?? 0);
  }

  load(name: string, row: Row): void {
    const { events, rows } = this.#of(name);
    rows.set(Number(row['id']), row);
    this.snapshot.push(events.event('r', row));
  }

  write(name: string, row: Row): void {
    const { events, rows } = this.#of(name);
    const before = rows.get(Number(row['id']));
    const after = { ...before, ...row };
    rows.set(Number(row['id']), after);
    this.#pending.push(before === undefined ? events.create(after) : events.update(after));
  }

  add(name: string, id: number, column: string, amount: number): void {
    this.write(name, { id, [column]: this.number(name, id, column) + amount });
  }

  delete(name: string, id: number): void {
    const { events, rows } = this.#of(name);
    this.#pending.push(events.delete(rows.get(id) ?? { id }));
    rows.delete(id);
  }

  commit(): void {
    const id = `${String((this.#number += 1))}:1`;
    const records = this.#pending;
    this.#pending = [];
    this.changes.push(this.#boundaries.begin(id));
    this.changes.push(...records.map((record, index) => inTransaction(record, id, index + 1)));
    this.changes.push(this.#boundaries.end(id, records.length));
  }

  #of(name: string): { readonly events: TableEvents; readonly rows: Map<number, Row> } {
    const found = this.#tables.get(name);
    if (found === undefined) throw new Error(`There is no table ${name}.`);
    return found;
  }
}

/** Transfers of 1 from an account of one table to one of another: the sum of all stays. */
export const bankTransfers = (prefix: string, accounts: number, transfers: number): Workload => {
  const source = new Source(prefix);
  source.table('left', ['id', 'balance']);
  source.table('right', ['id', 'balance']);
  for (let id = 0; id < accounts; id += 1) {
    source.load('left', { id, balance: 100 });
    source.load('right', { id, balance: 100 });
  }
  for (let transfer = 0; transfer < transfers; transfer += 1) {
    source.add('left', transfer % accounts, 'balance', -1);
    source.add('right', (transfer * 5 + 1) % accounts, 'balance', 1);
    source.commit();
  }
  return {
    ...{ topics: source.topics, snapshot: source.snapshot, changes: source.changes, tables: source.tables },
    ddl: ['left', 'right'].map((name) => `CREATE TABLE ${prefix}_${name} (id int PRIMARY KEY, balance int)`),
    invariant: `SELECT (SELECT sum(balance) FROM ${prefix}_left) + (SELECT sum(balance) FROM ${prefix}_right) AS total`,
    expected: { total: String(accounts * 200) },
  };
};

const LINES = 4;
const CUSTOMERS = 5;
const ITEMS = 40;

/**
 * Like TPC-C: orders with their lines take from the stock, payments go through warehouse, district and customer, deliveries
 * charge the customer; old orders go. Foreign keys as there; a unique slip number passes from order to order.
 */
export const orderEntry = (prefix: string, warehouses: number, transactions: number): Workload => {
  const source = new Source(prefix);
  const random = new SeededRandom(7);
  source.table('warehouses', ['id', 'ytd']);
  source.table('districts', ['id', 'warehouse', 'next_order', 'ytd']);
  source.table('customers', ['id', 'district', 'balance']);
  source.table('stock', ['id', 'quantity', 'ytd']);
  source.table('orders', ['id', 'customer', 'district', 'number', 'line_count', 'is_delivered']);
  source.table('order_lines', ['id', 'order_id', 'item', 'quantity', 'amount']);
  const districts = warehouses * 2;
  for (let id = 1; id <= warehouses; id += 1) source.load('warehouses', { id, ytd: 0 });
  for (let id = 1; id <= districts; id += 1) {
    source.load('districts', { id, warehouse: 1 + (id % warehouses), next_order: 1, ytd: 0 });
    for (let n = 0; n < CUSTOMERS; n += 1) source.load('customers', { id: id * 100 + n, district: id, balance: 0 });
  }
  for (let id = 1; id <= ITEMS; id += 1) source.load('stock', { id, quantity: 10_000, ytd: 0 });

  const open: number[] = [];
  const delivered: number[] = [];
  let lastOrder = 0;
  let lastLine = 0;
  const newOrder = (district: number, customer: number): void => {
    const id = (lastOrder += 1);
    const number = source.number('districts', district, 'next_order');
    source.add('districts', district, 'next_order', 1);
    source.write('orders', { id, customer, district, number, line_count: LINES, is_delivered: 0 });
    for (let line = 0; line < LINES; line += 1) {
      const [item, quantity] = [random.whole(1, ITEMS), random.whole(1, 5)];
      source.write('stock', {
        id: item,
        quantity: source.number('stock', item, 'quantity') - quantity,
        ytd: source.number('stock', item, 'ytd') + quantity,
      });
      source.write('order_lines', { id: (lastLine += 1), order_id: id, item, quantity, amount: random.whole(1, 50) });
    }
    open.push(id);
  };
  const payment = (district: number, customer: number): void => {
    const amount = random.whole(1, 100);
    source.add('warehouses', source.number('districts', district, 'warehouse'), 'ytd', amount);
    source.add('districts', district, 'ytd', amount);
    source.add('customers', customer, 'balance', -amount);
  };
  const amountOf = (order: number): number =>
    [...(source.tables.get(`${prefix}_order_lines`) ?? [])]
      .filter((row) => row['order_id'] === order)
      .reduce((sum, row) => sum + Number(row['amount']), 0);
  const delivery = (order: number): void => {
    source.write('orders', { id: order, is_delivered: 1 });
    source.add('customers', source.number('orders', order, 'customer'), 'balance', amountOf(order));
    delivered.push(order);
  };
  for (let at = 0; at < transactions; at += 1) {
    const district = random.whole(1, districts);
    const customer = district * 100 + random.whole(0, CUSTOMERS - 1);
    const order = at % 5 === 4 ? open.shift() : undefined;
    if (order !== undefined) delivery(order);
    else if (at % 5 === 3) payment(district, customer);
    else newOrder(district, customer);
    source.commit();
  }
  const t = (name: string): string => `${prefix}_${name}`;
  return {
    ...{ topics: source.topics, snapshot: source.snapshot, changes: source.changes, tables: source.tables },
    ddl: [
      `CREATE TABLE ${t('warehouses')} (id int PRIMARY KEY, ytd int)`,
      `CREATE TABLE ${t('districts')} (id int PRIMARY KEY, warehouse int, next_order int, ytd int, FOREIGN KEY (warehouse) REFERENCES ${t('warehouses')} (id))`,
      `CREATE TABLE ${t('customers')} (id int PRIMARY KEY, district int, balance int, FOREIGN KEY (district) REFERENCES ${t('districts')} (id))`,
      `CREATE TABLE ${t('stock')} (id int PRIMARY KEY, quantity int CHECK (quantity >= 0), ytd int)`,
      `CREATE TABLE ${t('orders')} (id int PRIMARY KEY, customer int, district int, number int, line_count int, is_delivered int,
        UNIQUE (district, number), FOREIGN KEY (customer) REFERENCES ${t('customers')} (id), FOREIGN KEY (district) REFERENCES ${t('districts')} (id))`,
      `CREATE TABLE ${t('order_lines')} (id int PRIMARY KEY, order_id int, item int, quantity int, amount int,
        FOREIGN KEY (order_id) REFERENCES ${t('orders')} (id), FOREIGN KEY (item) REFERENCES ${t('stock')} (id))`,
    ],
    invariant: `SELECT
      (SELECT sum(next_order - 1) FROM ${t('districts')}) - (SELECT count(*) FROM ${t('orders')}) AS orders_numbered,
      (SELECT coalesce(sum(line_count), 0) FROM ${t('orders')}) - (SELECT count(*) FROM ${t('order_lines')}) AS lines_counted,
      (SELECT sum(ytd) FROM ${t('warehouses')}) - (SELECT sum(ytd) FROM ${t('districts')}) AS payments_booked,
      (SELECT sum(ytd) FROM ${t('stock')}) - (SELECT coalesce(sum(quantity), 0) FROM ${t('order_lines')}) AS stock_taken,
      (SELECT sum(balance) FROM ${t('customers')}) + (SELECT sum(ytd) FROM ${t('warehouses')})
        - (SELECT coalesce(sum(l.amount), 0) FROM ${t('order_lines')} l JOIN ${t('orders')} o ON o.id = l.order_id WHERE o.is_delivered = 1)
        AS deliveries_charged`,
    expected: { orders_numbered: '0', lines_counted: '0', payments_booked: '0', stock_taken: '0', deliveries_charged: '0' },
  };
};

import { SeededRandom } from '../seeded-random.ts';
import { SourceRows } from './source-rows.ts';
import type { Naming, RowChange, Workload } from './workload.ts';

const LINES = 4;
const CUSTOMERS = 5;
const ITEMS = 40;

/** Foreign keys as in TPC-C, and a number that is unique in its district. */
const ddl = (name: Naming): readonly string[] => [
  `CREATE TABLE ${name('warehouses')} (id int PRIMARY KEY, ytd int)`,
  `CREATE TABLE ${name('districts')} (id int PRIMARY KEY, warehouse int, next_order int, ytd int, FOREIGN KEY (warehouse) REFERENCES ${name('warehouses')} (id))`,
  `CREATE TABLE ${name('customers')} (id int PRIMARY KEY, district int, balance int, FOREIGN KEY (district) REFERENCES ${name('districts')} (id))`,
  `CREATE TABLE ${name('stock')} (id int PRIMARY KEY, quantity int CHECK (quantity >= 0), ytd int)`,
  `CREATE TABLE ${name('orders')} (id int PRIMARY KEY, customer int, district int, number int, line_count int, is_delivered int,
    UNIQUE (district, number), FOREIGN KEY (customer) REFERENCES ${name('customers')} (id), FOREIGN KEY (district) REFERENCES ${name('districts')} (id))`,
  `CREATE TABLE ${name('order_lines')} (id int PRIMARY KEY, order_id int, item int, quantity int, amount int,
    FOREIGN KEY (order_id) REFERENCES ${name('orders')} (id), FOREIGN KEY (item) REFERENCES ${name('stock')} (id))`,
];

/** Differences that are 0 at the end of each transaction. */
const invariant = (name: Naming): string => `SELECT
  (SELECT sum(next_order - 1) FROM ${name('districts')}) - (SELECT count(*) FROM ${name('orders')}) AS orders_numbered,
  (SELECT coalesce(sum(line_count), 0) FROM ${name('orders')}) - (SELECT count(*) FROM ${name('order_lines')}) AS lines_counted,
  (SELECT sum(ytd) FROM ${name('warehouses')}) - (SELECT sum(ytd) FROM ${name('districts')}) AS payments_booked,
  (SELECT sum(ytd) FROM ${name('stock')}) - (SELECT coalesce(sum(quantity), 0) FROM ${name('order_lines')}) AS stock_taken,
  (SELECT sum(balance) FROM ${name('customers')}) + (SELECT sum(ytd) FROM ${name('warehouses')})
    - (SELECT coalesce(sum(l.amount), 0) FROM ${name('order_lines')} l JOIN ${name('orders')} o ON o.id = l.order_id WHERE o.is_delivered = 1)
    AS deliveries_charged`;

/**
 * Like TPC-C: orders with their lines take from the stock, payments go through warehouse, district and customer, deliveries
 * charge the customer. Of five transactions three are orders, one is a payment and one a delivery.
 */
export const orderEntry = (warehouses: number): Workload => {
  const trade = new OrderEntry(warehouses);
  const { source } = trade;
  return {
    columns: source.columns,
    ddl,
    initial: source.commit(),
    next: () => trade.next(),
    invariant,
    expected: { orders_numbered: '0', lines_counted: '0', payments_booked: '0', stock_taken: '0', deliveries_charged: '0' },
    progress: (name) => `SELECT sum(next_order) + sum(ytd) AS progress FROM ${name('districts')}`,
    rows: () => source.all(),
  };
};

class OrderEntry {
  readonly source = new SourceRows({
    warehouses: ['id', 'ytd'],
    districts: ['id', 'warehouse', 'next_order', 'ytd'],
    customers: ['id', 'district', 'balance'],
    stock: ['id', 'quantity', 'ytd'],
    orders: ['id', 'customer', 'district', 'number', 'line_count', 'is_delivered'],
    order_lines: ['id', 'order_id', 'item', 'quantity', 'amount'],
  });
  readonly #random = new SeededRandom(7);
  readonly #districts: number;
  readonly #open: number[] = [];
  #transactions = 0;
  #lastOrder = 0;
  #lastLine = 0;

  constructor(warehouses: number) {
    const { source } = this;
    this.#districts = warehouses * 2;
    for (let id = 1; id <= warehouses; id += 1) source.write('warehouses', { id, ytd: 0 });
    for (let id = 1; id <= this.#districts; id += 1) {
      source.write('districts', { id, warehouse: 1 + (id % warehouses), next_order: 1, ytd: 0 });
      for (let n = 0; n < CUSTOMERS; n += 1) source.write('customers', { id: id * 100 + n, district: id, balance: 0 });
    }
    for (let id = 1; id <= ITEMS; id += 1) source.write('stock', { id, quantity: 100_000, ytd: 0 });
  }

  next(): readonly RowChange[] {
    const kind = this.#transactions % 5;
    const district = this.#random.whole(1, this.#districts);
    const customer = district * 100 + this.#random.whole(0, CUSTOMERS - 1);
    const order = kind === 4 ? this.#open.shift() : undefined;
    this.#transactions += 1;
    if (order !== undefined) this.#deliver(order);
    else if (kind === 3) this.#pay(district, customer);
    else this.#order(district, customer);
    return this.source.commit();
  }

  #order(district: number, customer: number): void {
    const { source } = this;
    const id = (this.#lastOrder += 1);
    const number = source.number('districts', district, 'next_order');
    source.add('districts', district, 'next_order', 1);
    source.write('orders', { id, customer, district, number, line_count: LINES, is_delivered: 0 });
    for (let line = 0; line < LINES; line += 1) this.#line(id);
    this.#open.push(id);
  }

  #line(order: number): void {
    const { source } = this;
    const [item, quantity] = [this.#random.whole(1, ITEMS), this.#random.whole(1, 5)];
    const left = source.number('stock', item, 'quantity') - quantity;
    source.write('stock', { id: item, quantity: left, ytd: source.number('stock', item, 'ytd') + quantity });
    source.write('order_lines', { id: (this.#lastLine += 1), order_id: order, item, quantity, amount: this.#random.whole(1, 50) });
  }

  #pay(district: number, customer: number): void {
    const { source } = this;
    const amount = this.#random.whole(1, 100);
    source.add('warehouses', source.number('districts', district, 'warehouse'), 'ytd', amount);
    source.add('districts', district, 'ytd', amount);
    source.add('customers', customer, 'balance', -amount);
  }

  #deliver(order: number): void {
    const { source } = this;
    let amount = 0;
    for (const line of source.rowsOf('order_lines')) if (line['order_id'] === order) amount += line['amount'] ?? 0;
    source.write('orders', { id: order, is_delivered: 1 });
    source.add('customers', source.number('orders', order, 'customer'), 'balance', amount);
  }
}

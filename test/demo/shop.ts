import type { Database } from '../support/databases.ts';

import type { Kind } from '../support/compare.ts';

interface Column {
  readonly name: string;
  readonly kind: Kind;
  readonly postgres: string;
  readonly mariadb: string;
}

export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly key: readonly string[];
}

const column = (name: string, kind: Kind, postgres: string, mariadb = postgres): Column => ({ name, kind, postgres, mariadb });

export const customers: Table = {
  name: 'customers',
  key: ['id'],
  columns: [
    column('id', 'integer', 'bigint not null'),
    column('email', 'text', 'varchar(120) not null'),
    column('full_name', 'text', 'text', 'text character set utf8mb4'),
    column('vip', 'boolean', 'boolean not null default false', 'tinyint(1) not null default 0'),
    column('credit', 'decimal', 'numeric(12,2)', 'decimal(12,2)'),
    column('birthday', 'date', 'date'),
    column('created_at', 'instant', 'timestamptz not null', "timestamp(6) not null default '2020-01-01 00:00:00'"),
    column('profile', 'json', 'jsonb', 'json'),
    column('external_id', 'text', 'uuid', 'char(36)'),
    column('avatar', 'bytes', 'bytea', 'varbinary(64)'),
    column('score', 'double', 'double precision', 'double'),
  ],
};

export const orders: Table = {
  name: 'orders',
  key: ['id'],
  columns: [
    column('id', 'integer', 'bigint not null'),
    column('customer_id', 'integer', 'bigint not null'),
    column('status', 'text', 'shop.order_status not null', "enum('new','paid','shipped','cancelled') not null"),
    column('amount', 'decimal', 'numeric(14,4) not null', 'decimal(14,4) not null'),
    column('quantity', 'integer', 'smallint'),
    column('stock_code', 'integer', 'bigint', 'int unsigned'),
    column('placed_at', 'timestamp', 'timestamp(6)', 'datetime(6)'),
    column('due_date', 'date', 'date'),
    column('delivery_time', 'time', 'time(6)', 'time(6)'),
    column('note', 'text', 'text', 'text character set utf8mb4'),
    column('paid', 'boolean', 'boolean', 'tinyint(1)'),
  ],
};

export const orderItems: Table = {
  name: 'order_items',
  key: ['order_id', 'line_no'],
  columns: [
    column('order_id', 'integer', 'bigint not null'),
    column('line_no', 'integer', 'integer not null', 'int not null'),
    column('sku', 'text', 'varchar(40) not null'),
    column('price', 'decimal', 'numeric(10,2) not null', 'decimal(10,2) not null'),
    column('weight', 'double', 'double precision', 'double'),
  ],
};

/** Rows whose arrival in the target is timed. */
export const probes: Table = {
  name: 'probes',
  key: ['id'],
  columns: [column('id', 'integer', 'bigint not null'), column('note', 'text', 'varchar(20)')],
};

/** What the ALTER TABLE in the middle of the demo adds to orders. */
export const addedColumn: Column = column('priority', 'integer', 'integer', 'int');

export const tables: readonly Table[] = [customers, orders, orderItems, probes];

const ddl = (kind: Database['kind'], table: Table): string => {
  const columns = table.columns.map((each) => `${each.name} ${each[kind]}`);
  return `CREATE TABLE shop.${table.name} (${[...columns, `PRIMARY KEY (${table.key.join(', ')})`].join(', ')})`;
};

/** The shop's schema, empty: a schema of that name in PostgreSQL, a database of that name in MariaDB. */
export const createShop = async (database: Database): Promise<void> => {
  if (database.kind === 'postgres') {
    await database.run('DROP SCHEMA IF EXISTS shop CASCADE');
    await database.run('CREATE SCHEMA shop');
    await database.run("CREATE TYPE shop.order_status AS ENUM ('new', 'paid', 'shipped', 'cancelled')");
  } else {
    await database.run('DROP DATABASE IF EXISTS shop');
    await database.run('CREATE DATABASE shop CHARACTER SET utf8mb4');
  }
  for (const table of tables) await database.run(ddl(database.kind, table));
};

export const alterOrders = async (database: Database): Promise<void> =>
  database.run(`ALTER TABLE shop.orders ADD COLUMN ${addedColumn.name} ${addedColumn[database.kind]}`);

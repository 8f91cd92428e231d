import { primitive, type SinkRecord } from '@headrace/connector-api';
import { hasCode, hasReaction } from '@headrace/foundation';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { errors } from '../src/errors.ts';
import { TableEvents } from './support/records.ts';
import { contentOf, everyTarget, type TargetDatabase } from './support/targets.ts';
import { createTask, never, startTask, type TestTask } from './support/tasks.ts';
import { inTransaction, TransactionTopic } from './support/transactions.ts';

const int = primitive('int32');
const config = { 'transaction.atomic': 'true' };

const tableOf = (topic: string, columns: readonly string[]): TableEvents =>
  new TableEvents({ topic, key: ['id'], columns: columns.map((name) => [name, int] as const) });

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe.each(everyTarget)('source transactions in %s', (_, create) => {
  let target: TargetDatabase;
  beforeAll(async () => {
    target = await create();
  });
  afterAll(() => target.drop());

  const content = (table: string): Promise<Record<string, string | null>[]> => contentOf(target, table);

  test('become visible when their END and all of their changes are there, and hold back the offsets until then', async () => {
    const [orders, lines, boundaries] = [tableOf('orders', ['id']), tableOf('lines', ['id', 'order_id']), new TransactionTopic('tx')];
    await using task = await startTask(target, { topics: ['orders', 'lines', 'tx'], config });
    await task.put(orders.event('r', { id: 1 }), lines.event('r', { id: 1, order_id: 1 }));
    await task.put(boundaries.begin('7:100'), inTransaction(orders.create({ id: 2 }), '7:101', 1));
    await task.put(boundaries.end('7:109', 2));
    expect(await content('orders')).toEqual([{ id: '1' }]);
    expect(task.task.waiting?.()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ topic: 'orders', offset: 1n }),
        expect.objectContaining({ topic: 'tx', offset: 0n }),
      ]),
    );
    await task.put(inTransaction(lines.create({ id: 2, order_id: 2 }), '7:105', 2));
    expect(await content('orders')).toEqual([{ id: '1' }, { id: '2' }]);
    expect(await content('lines')).toHaveLength(2);
    expect(task.task.waiting?.()).toEqual([]);
  });

  test('are applied in their own order where a batch of them breaks a foreign key', async () => {
    await target.rows('CREATE TABLE parents (id int PRIMARY KEY)');
    await target.rows(
      'CREATE TABLE children (id int PRIMARY KEY, parent int NOT NULL REFERENCES parents (id), FOREIGN KEY (parent) REFERENCES parents (id))',
    );
    const [parents, children, boundaries] = [
      tableOf('parents', ['id']),
      tableOf('children', ['id', 'parent']),
      new TransactionTopic('ptx'),
    ];
    await using task = await startTask(target, { topics: ['parents', 'children', 'ptx'], config });
    await task.put(
      inTransaction(parents.create({ id: 1 }), '1:1', 1),
      inTransaction(children.create({ id: 1, parent: 1 }), '1:2', 2),
      inTransaction(children.delete({ id: 1 }), '2:1', 1),
      inTransaction(parents.delete({ id: 1 }), '2:2', 2),
      inTransaction(parents.create({ id: 2 }), '2:3', 3),
      inTransaction(children.create({ id: 2, parent: 2 }), '2:4', 4),
      boundaries.end('1:9', 2),
      boundaries.end('2:9', 4),
    );
    expect(await content('parents')).toEqual([{ id: '2' }]);
    expect(await content('children')).toEqual([{ id: '2', parent: '2' }]);
    expect(task.reported).toEqual([]);
  });

  test('of which the target refuses a row are left out as a whole', async () => {
    const [accounts, boundaries] = [tableOf('limited', ['id', 'amount']), new TransactionTopic('ltx')];
    await target.rows('CREATE TABLE limited (id int PRIMARY KEY, amount int CHECK (amount >= 0))');
    await using task = await startTask(target, { topics: ['limited', 'ltx'], config });
    await task.put(
      inTransaction(accounts.create({ id: 1, amount: 1 }), 'a', 1),
      inTransaction(accounts.create({ id: 2, amount: 2 }), 'b', 1),
      inTransaction(accounts.create({ id: 3, amount: -1 }), 'b', 2),
      inTransaction(accounts.create({ id: 4, amount: 4 }), 'c', 1),
      boundaries.end('a', 1),
      boundaries.end('b', 2),
      boundaries.end('c', 1),
    );
    expect((await content('limited')).map(({ id }) => id)).toEqual(['1', '4']);
    expect(task.reported.map(({ record }) => record.offset)).toEqual([1n, 2n]);
  });

  test('need metadata of the source', async () => {
    const orders = tableOf('bare', ['id']);
    await using task = await startTask(target, { topics: ['bare'], config });
    expect(hasCode(await rejection(task.put(orders.create({ id: 1 }))), errors.no_transaction.code)).toBe(true);
  });

  test('that stay incomplete fail the task with what is missing', async () => {
    const boundaries = new TransactionTopic('itx');
    await using task = await startTask(target, { topics: ['itx'], config: { ...config, 'transaction.wait.ms': '1' } });
    await task.task.put([boundaries.end('9:1', 3)], never);
    let error: unknown;
    for (let attempt = 0; attempt < 1_000 && error === undefined; attempt += 1) error = await rejection(task.task.flush(never));
    expect(String(error)).toContain('transaction 9 has 0 of 3 changes');
  });

  test('never show a reader a broken invariant while sessions are killed and owners change', async () => {
    const accounts = 8;
    const [left, right] = [tableOf('bank_left', ['id', 'balance']), tableOf('bank_right', ['id', 'balance'])];
    const boundaries = new TransactionTopic('bank_tx');
    const balances = { left: new Array<number>(accounts).fill(100), right: new Array<number>(accounts).fill(100) };
    const log: SinkRecord[] = [
      ...balances.left.map((balance, id) => left.event('r', { id, balance })),
      ...balances.right.map((balance, id) => right.event('r', { id, balance })),
    ];
    for (let transfer = 0; transfer < 400; transfer += 1) {
      const [from, to, id] = [transfer % accounts, (transfer * 5 + 1) % accounts, `${String(transfer)}:1`];
      balances.left[from] = (balances.left[from] ?? 0) - 1;
      balances.right[to] = (balances.right[to] ?? 0) + 1;
      log.push(boundaries.begin(id));
      log.push(inTransaction(left.update({ id: from, balance: balances.left[from] }), id, 1));
      log.push(inTransaction(right.update({ id: to, balance: balances.right[to] }), id, 2));
      log.push(boundaries.end(id, 2));
    }
    const topics = ['bank_left', 'bank_right', 'bank_tx'];
    const start = (owner: number): TestTask =>
      createTask(target, { topics, config: { ...config, 'batch.size': '10' }, epoch: { incarnation: 1, revision: BigInt(owner) } });
    await target.rows('CREATE TABLE bank_left (id int PRIMARY KEY, balance int)');
    await target.rows('CREATE TABLE bank_right (id int PRIMARY KEY, balance int)');
    let owner = 10;
    let task = start(owner);
    await task.task.start(never);
    await task.put(...log.slice(0, 2 * accounts));
    const over = new AbortController();
    const total = 'SELECT (SELECT sum(balance) FROM bank_left) + (SELECT sum(balance) FROM bank_right) AS total';
    const reading = (async () => {
      const seen = new Set<string | null | undefined>();
      while (!over.signal.aborted) seen.add((await target.rows(total))[0]?.['total']);
      return seen;
    })().catch((error: unknown) => String(error));
    for (let at = 2 * accounts; at < log.length; at += 37) {
      const [row] = await target.rows(`SELECT session_token FROM headrace_positions WHERE topic = 'bank_tx'`);
      const putting = rejection(task.put(...log.slice(0, at + 37)));
      await target.endSession(row?.['session_token'] ?? '');
      const error = await putting;
      expect(error === undefined || hasReaction(error, 'retry')).toBe(true);
      if ((at / 37) % 3 < 1) {
        await task[Symbol.asyncDispose]();
        owner += 1;
        task = start(owner);
        await task.task.start(never);
      }
    }
    let last = await rejection(task.put(...log));
    if (last !== undefined) last = await rejection(task.put(...log));
    over.abort();
    await task[Symbol.asyncDispose]();
    expect(last).toBeUndefined();
    expect(await reading).toEqual(new Set([String(accounts * 200)]));
    expect(await content('bank_left')).toEqual(balances.left.map((balance, id) => ({ id: String(id), balance: String(balance) })));
    expect(await content('bank_right')).toEqual(balances.right.map((balance, id) => ({ id: String(id), balance: String(balance) })));
  });
});

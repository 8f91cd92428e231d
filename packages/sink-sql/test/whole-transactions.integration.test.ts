import { primitive, type SinkRecord } from '@headrace/connector-api';
import { hasCode } from '@headrace/foundation';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { errors } from '../src/errors.ts';
import { Gate } from './support/gate.ts';
import { TableEvents } from './support/records.ts';
import { contentOf, everyTarget, urlBehind, type TargetDatabase } from './support/targets.ts';
import { never, startTask } from './support/tasks.ts';
import { inTransaction, TransactionTopic } from './support/transactions.ts';

const int = primitive('int32');
const config = { 'transaction.atomic': 'true' };
/** Into tables without a key: what is applied twice is there twice. */
const appending = { 'insert.mode': 'insert', 'primary.key.mode': 'none', 'delete.enabled': 'false' };

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
    // Records that tell where transactions end are not left out.
    expect(task.warnings).toEqual([]);
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

  test('find a place for their positions in a table that was made before there were lanes', async () => {
    await target.rows('ALTER TABLE headrace_positions DROP COLUMN applied_above');
    const [orders, boundaries] = [tableOf('late_orders', ['id']), new TransactionTopic('late_tx')];
    await using task = await startTask(target, {
      topics: ['late_orders', 'late_tx'],
      connector: 'late',
      config: { ...config, 'transaction.parallel': '2' },
    });
    await task.put(inTransaction(orders.create({ id: 1 }), '1:1', 1), boundaries.end('1:2', 1));
    expect(await content('late_orders')).toEqual([{ id: '1' }]);
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

  /** Each of these records is a transaction. */
  const oneByOne = (records: readonly SinkRecord[], boundaries: TransactionTopic): readonly SinkRecord[] =>
    records.flatMap((record, number) => [inTransaction(record, String(number), 1), boundaries.end(String(number), 1)]);

  test('that need a row of another by a foreign key go behind it in its lane: nothing is tried in vain', async () => {
    await target.rows('CREATE TABLE makers (id int PRIMARY KEY)');
    await target.rows('CREATE TABLE wares (id int PRIMARY KEY, maker int, FOREIGN KEY (maker) REFERENCES makers (id))');
    const [makers, wares] = [tableOf('makers', ['id']), tableOf('wares', ['id', 'maker'])];
    await using gate = await Gate.before(target.port);
    await using task = await startTask(target, {
      topics: ['makers', 'wares', 'mtx'],
      connector: 'needing',
      config: { ...config, 'transaction.parallel': '4', 'connection.url': urlBehind(target, gate) },
    });
    const records: SinkRecord[] = [];
    for (let id = 1; id <= 40; id += 1) records.push(makers.create({ id }), wares.create({ id, maker: id }));
    await task.put(...oneByOne(records, new TransactionTopic('mtx')));
    expect(await content('wares')).toHaveLength(40);
    expect(gate.said.split('ROLLBACK').length - 1).toBe(0);
  });

  test('that take the same unique value one after the other do so in their order', async () => {
    await target.rows('CREATE TABLE badges (id int PRIMARY KEY, slot int UNIQUE)');
    const badges = tableOf('badges', ['id', 'slot']);
    await using task = await startTask(target, {
      topics: ['badges', 'btx'],
      connector: 'taking',
      // Each transaction in a commit of its own.
      config: { ...config, 'transaction.parallel': '4', 'batch.size': '1' },
    });
    const records: SinkRecord[] = [];
    for (let slot = 1; slot <= 40; slot += 1) {
      records.push(badges.create({ id: slot, slot }), badges.delete({ id: slot }), badges.create({ id: -slot, slot }));
    }
    await task.put(...oneByOne(records, new TransactionTopic('btx')));
    expect(task.reported.map(({ error }) => error.message)).toEqual([]);
    expect((await content('badges')).map(({ id }) => Number(id))).toEqual(Array.from({ length: 40 }, (_, index) => index - 40));
  });

  test('that were applied before an older one that had to wait are not applied again by the next owner', async () => {
    await target.rows('CREATE TABLE oldest (id int PRIMARY KEY)');
    await target.rows('CREATE TABLE entries (id int)');
    const [oldest, entries, boundaries] = [tableOf('oldest', ['id']), tableOf('entries', ['id']), new TransactionTopic('etx')];
    const log = [inTransaction(oldest.create({ id: 1 }), 'oldest', 1), boundaries.end('oldest', 1)];
    for (let id = 1; id <= 20; id += 1) log.push(inTransaction(entries.create({ id }), String(id), 1), boundaries.end(String(id), 1));
    const options = {
      topics: ['oldest', 'entries', 'etx'],
      connector: 'overtaking',
      config: { ...config, ...appending, 'transaction.parallel': '4' },
    };
    await using holder = await target.hold('INSERT INTO oldest VALUES (1)');
    await using former = await startTask(target, { ...options, epoch: { incarnation: 1, revision: 10n } });
    await former.task.put(log, never);
    // The others wait in the lane of the oldest.
    while ((await content('entries')).length < 10) await new Promise((resolve) => setImmediate(resolve));
    await using owner = await startTask(target, { ...options, epoch: { incarnation: 1, revision: 11n } });
    await holder[Symbol.asyncDispose]();
    await owner.put(...log);
    expect((await content('entries')).map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, index) => String(index + 1)));
    expect(await content('oldest')).toEqual([{ id: '1' }]);
  });
});

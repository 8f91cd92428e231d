import { primitive, type SinkRecord } from '@headrace/connector-api';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TableEvents } from './support/records.ts';
import { startTask } from './support/tasks.ts';
import { contentOf, everyTarget, withoutObjects, type TargetDatabase } from './support/targets.ts';
import { inTransaction, TransactionTopic } from './support/transactions.ts';

const int = primitive('int32');
const optional = primitive('int32', { isOptional: true });

/** One statement at the source; those that its constraints refuse leave no record. */
const statement = fc.record({
  table: fc.constantFrom('parents', 'children'),
  isDelete: fc.boolean(),
  id: fc.integer({ min: 1, max: 4 }),
  /** Unique in its table. */
  slot: fc.option(fc.integer({ min: 1, max: 4 })),
  parent: fc.option(fc.integer({ min: 1, max: 4 })),
});

describe.each([...everyTarget, withoutObjects])('constraints in %s', (_, create) => {
  let target: TargetDatabase;
  beforeAll(async () => {
    target = await create();
  });
  afterAll(() => target.drop());

  let run = 0;

  const createTables = async (prefix: string): Promise<void> => {
    await target.rows(`CREATE TABLE ${prefix}_parents (id int PRIMARY KEY, slot int UNIQUE)`);
    await target.rows(
      `CREATE TABLE ${prefix}_children (id int PRIMARY KEY, slot int UNIQUE, parent int, FOREIGN KEY (parent) REFERENCES ${prefix}_parents (id))`,
    );
  };

  test.each([
    ['batches', { 'transaction.atomic': 'false' }],
    ['whole transactions', { 'transaction.atomic': 'true' }],
    ['whole transactions in lanes', { 'transaction.atomic': 'true', 'transaction.parallel': '3', 'batch.size': '5' }],
  ])(
    '%s leave what the statements one by one leave, and refuse nothing',
    async (name, config) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(statement, { minLength: 1, maxLength: 40 }),
          fc.array(fc.integer({ min: 1, max: 5 })),
          async (history, cuts) => {
            const [source, copy] = [`s${String((run += 1))}`, `c${String(run)}`];
            for (const prefix of [source, copy]) await createTables(prefix);
            const tables = {
              parents: new TableEvents({
                topic: `${copy}_parents`,
                key: ['id'],
                columns: [
                  ['id', int],
                  ['slot', optional],
                ],
              }),
              children: new TableEvents({
                topic: `${copy}_children`,
                key: ['id'],
                columns: [
                  ['id', int],
                  ['slot', optional],
                  ['parent', optional],
                ],
              }),
            };
            const boundaries = new TransactionTopic(`${copy}_tx`);
            const log: SinkRecord[] = [];
            let transaction: SinkRecord[] = [];
            const commit = (): void => {
              const id = `${String(log.length)}:1`;
              log.push(...transaction.map((record, index) => inTransaction(record, id, index + 1)), boundaries.end(id, transaction.length));
              transaction = [];
            };
            for (const [index, { table, isDelete, id, slot, parent }] of history.entries()) {
              const row = table === 'parents' ? { id, slot } : { id, slot, parent };
              if (await isTaken(`${source}_${table}`, isDelete, row)) {
                transaction.push(isDelete ? tables[table].delete({ id }) : tables[table].update(row));
              }
              if (index % (cuts[index % Math.max(1, cuts.length)] ?? 3) === 0) commit();
            }
            commit();
            const topics = ['parents', 'children', 'tx'].map((topic) => `${copy}_${topic}`);
            await using task = await startTask(target, { topics, connector: copy, config });
            await task.put(...log);
            expect(task.reported.map(({ error }) => error.message)).toEqual([]);
            for (const table of ['parents', 'children']) {
              expect(await contentOf(target, `${copy}_${table}`)).toEqual(await contentOf(target, `${source}_${table}`));
            }
            for (const prefix of [source, copy]) await target.rows(`DROP TABLE ${prefix}_children, ${prefix}_parents`);
          },
        ),
        { numRuns: name === 'batches' ? 12 : 8 },
      );
    },
    120_000,
  );

  /** Whether the real database takes the statement and something changes by it. */
  const isTaken = async (table: string, isDelete: boolean, row: Readonly<Record<string, number | null>>): Promise<boolean> => {
    const [there] = await target.rows(`SELECT id FROM ${table} WHERE id = ${String(row['id'])}`);
    const columns = Object.keys(row);
    const values = Object.values(row).map(String);
    const sets = columns.map((column, index) => `${column} = ${values[index] ?? 'null'}`).join(', ');
    const write =
      there === undefined
        ? `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${values.join(', ')})`
        : `UPDATE ${table} SET ${sets} WHERE id = ${String(row['id'])}`;
    if (isDelete && there === undefined) return false;
    try {
      await target.rows(isDelete ? `DELETE FROM ${table} WHERE id = ${String(row['id'])}` : write);
      return true;
    } catch {
      return false;
    }
  };

  test('a delete that cascades is passed by nothing, though the source tells nothing of what it took along', async () => {
    await target.rows('CREATE TABLE owners (id int PRIMARY KEY)');
    await target.rows('CREATE TABLE pets (id int PRIMARY KEY, owner int, FOREIGN KEY (owner) REFERENCES owners (id) ON DELETE CASCADE)');
    const owners = new TableEvents({ topic: 'owners', key: ['id'], columns: [['id', int]] });
    const pets = new TableEvents({
      topic: 'pets',
      key: ['id'],
      columns: [
        ['id', int],
        ['owner', int],
      ],
    });
    await using task = await startTask(target, { topics: ['owners', 'pets'] });
    await task.put(
      owners.create({ id: 1 }),
      pets.create({ id: 1, owner: 1 }),
      owners.delete({ id: 1 }),
      owners.create({ id: 1 }),
      pets.create({ id: 2, owner: 1 }),
    );
    expect(await contentOf(target, 'pets')).toEqual([{ id: '2', owner: '1' }]);
    expect(task.reported).toEqual([]);
  });
});

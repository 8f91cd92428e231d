import { primitive, type Schema } from '@headrace/connector-api';
import { hasCode } from '@headrace/foundation';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TableEvents, type Row } from './support/records.ts';
import { startTask } from './support/tasks.ts';
import { contentOf, everyTarget, withoutObjects, type TargetDatabase } from './support/targets.ts';

const int = primitive('int32');
const long = primitive('int64');
const text = primitive('string', { isOptional: true });

type Columns = readonly (readonly [string, Schema])[];

const before: Columns = [
  ['id', int],
  ['amount', int],
  ['old', primitive('string')],
  ['kind', int],
];
/** `old` is gone, `amount` is wider, `kind` is of another type, `added` is new. */
const after: Columns = [
  ['id', int],
  ['amount', long],
  ['kind', text],
  ['added', text],
];

const first: Row = { id: 1, amount: 1, old: 'o', kind: 7 };
const second: Row = { id: 2, amount: 5_000_000_000n, kind: 'x', added: 'n' };
const fitting: Row = { id: 2, amount: 2n, kind: '8', added: 'n' };

describe.each([...everyTarget, withoutObjects])('schema.evolution.policy in %s', (_, create) => {
  let target: TargetDatabase;
  beforeAll(async () => {
    target = await create();
  });
  afterAll(() => target.drop());

  /** A row of either schema, applied by one task; what the table holds, or the error, and which records were refused. */
  const evolve = async (
    policy: string,
    row: Row,
  ): Promise<{ readonly rows: readonly unknown[]; readonly error: unknown; readonly refused: number }> => {
    const topic = `evolved_${policy}_${String(row['amount'])}`;
    await using task = await startTask(target, { topics: [topic], config: { 'schema.evolution.policy': policy } });
    const old = new TableEvents({ topic, key: ['id'], columns: before });
    await task.put(old.create(first));
    const events = new TableEvents({ topic, key: ['id'], columns: after }, old.nextOffset);
    const error = await task.put(events.create(row)).catch((failure: unknown) => failure);
    return { rows: await contentOf(target, topic, 'id'), error, refused: task.reported.length };
  };

  const kept = { id: '1', amount: '1', old: 'o', kind: '7' };

  test('add takes new columns and leaves types alone', async () => {
    expect((await evolve('add', fitting)).rows).toEqual([
      { ...kept, added: null },
      { id: '2', amount: '2', old: null, kind: '8', added: 'n' },
    ]);
    expect(await evolve('add', second)).toMatchObject({ rows: [{ ...kept, added: null }], refused: 1 });
  });

  test('lenient makes types wider and loses nothing', async () => {
    expect((await evolve('lenient', { ...second, kind: '8' })).rows).toEqual([
      { ...kept, added: null },
      { id: '2', amount: '5000000000', old: null, kind: '8', added: 'n' },
    ]);
  });

  test.each(['evolve', 'try_evolve'])('%s follows a dropped column and a changed type as far as the policy goes', async (policy) => {
    expect((await evolve(policy, second)).rows).toEqual([
      { id: '1', amount: '1', kind: '7', added: null },
      { id: '2', amount: '5000000000', kind: 'x', added: 'n' },
    ]);
  });

  test('rows of both schemas may come at once', async () => {
    await using task = await startTask(target, { topics: ['mixed'], config: { 'schema.evolution.policy': 'evolve' } });
    const old = new TableEvents({ topic: 'mixed', key: ['id'], columns: before });
    const records = [old.create(first), old.create({ ...first, id: 3 })];
    const events = new TableEvents({ topic: 'mixed', key: ['id'], columns: after }, old.nextOffset);
    await task.put(...records, events.create(second));
    expect(await contentOf(target, 'mixed', 'id')).toEqual([
      { id: '1', amount: '1', kind: '7', added: null },
      { id: '2', amount: '5000000000', kind: 'x', added: 'n' },
      { id: '3', amount: '1', kind: '7', added: null },
    ]);
  });

  test('evolve fails the task where the target refuses, try_evolve goes on with the table as it is', async () => {
    const refusing = async (policy: string): Promise<unknown> => {
      const topic = `refusing_${policy}`;
      await target.rows(`CREATE TABLE ${topic} (id int PRIMARY KEY, note varchar(20))`);
      await using task = await startTask(target, { topics: [topic], config: { 'schema.evolution.policy': policy } });
      const columns = (schema: Schema): Columns => [
        ['id', int],
        ['note', schema],
      ];
      const old = new TableEvents({ topic, key: ['id'], columns: columns(text) });
      await task.put(old.create({ id: 1, note: 'no number' }));
      const events = new TableEvents({ topic, key: ['id'], columns: columns(int) }, old.nextOffset);
      return await task.put(events.create({ id: 2, note: 5 })).catch((failure: unknown) => failure);
    };
    expect(hasCode(await refusing('evolve'), 'sql.statement_failed')).toBe(true);
    expect(await refusing('try_evolve')).toBeUndefined();
    expect(await contentOf(target, 'refusing_try_evolve', 'id')).toEqual([
      { id: '1', note: 'no number' },
      { id: '2', note: '5' },
    ]);
  });

  test('ignore writes the columns that are there, exception fails the task with what has changed', async () => {
    expect((await evolve('ignore', fitting)).rows).toEqual([kept, { id: '2', amount: '2', old: null, kind: '8' }]);
    const { rows, error } = await evolve('exception', fitting);
    expect(rows).toEqual([kept]);
    expect(hasCode(error, 'sql.schema_changed')).toBe(true);
    expect(String(error)).toContain('"added" is new');
  });
});

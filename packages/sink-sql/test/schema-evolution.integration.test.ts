import { decimalBytes, decimalSchema, int64, primitive, type Schema } from '@headrace/connector-api';
import { hasCode } from '@headrace/foundation';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Gate } from './support/gate.ts';
import { TableEvents, type Row } from './support/records.ts';
import { startTask } from './support/tasks.ts';
import { contentOf, everyTarget, urlBehind, withoutObjects, type TargetDatabase } from './support/targets.ts';

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

  const decimalOf = (precision: number, scale: number): Schema =>
    decimalSchema(scale, { parameters: { 'connect.decimal.precision': String(precision) } });

  const textOf = (length: number): Schema =>
    primitive('string', { parameters: { '__debezium.source.column.type': 'VARCHAR', '__debezium.source.column.length': String(length) } });

  /** A row before and one after column `v` has become another; what the table holds then, or the error, and which records were refused. */
  const retype = async (policy: string, [from, to]: readonly [Schema, Schema], [one, other]: readonly [unknown, unknown]) => {
    const topic = `retyped_${String((retyped += 1))}`;
    const columns = (schema: Schema): Columns => [
      ['id', int],
      ['v', schema],
    ];
    await using task = await startTask(target, { topics: [topic], config: { 'schema.evolution.policy': policy } });
    const old = new TableEvents({ topic, key: ['id'], columns: columns(from) });
    await task.put(old.create({ id: 1, v: one }));
    const events = new TableEvents({ topic, key: ['id'], columns: columns(to) }, old.nextOffset);
    const error = await task.put(events.create({ id: 2, v: other })).catch((failure: unknown) => failure);
    return { topic, error, refused: task.reported.length, values: (await contentOf(target, topic, 'id')).map(({ v }) => v) };
  };
  let retyped = 0;

  const wider: readonly (readonly [string, readonly [Schema, Schema], readonly [unknown, unknown], readonly [string, string]])[] = [
    ['int16 to int32', [primitive('int16'), int], [1, 2_000_000_000], ['1', '2000000000']],
    ['int32 to int64', [int, long], [1, int64(5_000_000_000n)], ['1', '5000000000']],
    ['float32 to float64', [primitive('float32'), primitive('float64')], [0.5, 0.123456789], ['0.5', '0.123456789']],
    [
      'decimal(4,2) to decimal(8,2)',
      [decimalOf(4, 2), decimalOf(8, 2)],
      [decimalBytes('1.25', 2), decimalBytes('123456.75', 2)],
      ['1.25', '123456.75'],
    ],
    [
      'decimal(4,2) to decimal(8,4)',
      [decimalOf(4, 2), decimalOf(8, 4)],
      [decimalBytes('1.25', 2), decimalBytes('1.2345', 4)],
      ['1.2500', '1.2345'],
    ],
    ['varchar(3) to varchar(20)', [textOf(3), textOf(20)], ['abc', 'longer than three'], ['abc', 'longer than three']],
    ['varchar(3) to any length', [textOf(3), primitive('string')], ['abc', 'x'.repeat(70_000)], ['abc', 'x'.repeat(70_000)]],
  ];

  test.each(wider)('lenient makes a column wider where add does not: %s', async (_change, types, values, shown) => {
    expect(await retype('lenient', types, values)).toMatchObject({ error: undefined, refused: 0, values: shown });
    expect((await retype('add', types, values)).values).not.toEqual(shown);
  });

  const narrower = [long, int] as const;

  test('evolve and try_evolve make a column narrower where all values fit, lenient and add leave it wide', async () => {
    const takesMuch = async (policy: string): Promise<boolean> => {
      const { topic, values } = await retype(policy, narrower, [int64(1n), 2]);
      expect(values).toEqual(['1', '2']);
      return target.rows(`INSERT INTO ${topic} VALUES (3, 5000000000)`).then(
        () => true,
        () => false,
      );
    };
    expect(await takesMuch('add')).toBe(true);
    expect(await takesMuch('lenient')).toBe(true);
    expect(await takesMuch('evolve')).toBe(false);
    expect(await takesMuch('try_evolve')).toBe(false);
  });

  test('evolve fails the task where a value is too large for the narrower column, try_evolve goes on with the wide one', async () => {
    const values = [int64(5_000_000_000n), 2] as const;
    const failed = await retype('evolve', narrower, values);
    expect(hasCode(failed.error, 'sql.statement_failed')).toBe(true);
    expect(failed.values).toEqual(['5000000000']);
    expect(await retype('try_evolve', narrower, values)).toMatchObject({ error: undefined, refused: 0, values: ['5000000000', '2'] });
  });

  test('a column that was renamed in the target before the source renamed it keeps its values', async () => {
    const topic = 'renamed';
    const columns = (name: string): Columns => [
      ['id', int],
      [name, text],
    ];
    await using task = await startTask(target, { topics: [topic], config: { 'schema.evolution.policy': 'evolve' } });
    const old = new TableEvents({ topic, key: ['id'], columns: columns('note') });
    await task.put(old.create({ id: 1, note: 'kept' }));
    await target.rows('ALTER TABLE renamed RENAME COLUMN note TO remark');
    const events = new TableEvents({ topic, key: ['id'], columns: columns('remark') }, old.nextOffset);
    await task.put(events.create({ id: 2, remark: 'new' }));
    expect(await contentOf(target, topic, 'id')).toEqual([
      { id: '1', remark: 'kept' },
      { id: '2', remark: 'new' },
    ]);
  });

  test('a table follows before the transaction of the rows begins, never inside of it', async () => {
    await using gate = await Gate.before(target.port);
    const config = { 'connection.url': urlBehind(target, gate), 'schema.evolution.policy': 'evolve' };
    await using task = await startTask(target, { topics: ['ordered'], config });
    const old = new TableEvents({ topic: 'ordered', key: ['id'], columns: before });
    const records = [old.create(first), old.create({ ...first, id: 3 })];
    const events = new TableEvents({ topic: 'ordered', key: ['id'], columns: after }, old.nextOffset);
    await task.put(...records, events.create(second));
    let isInside = false;
    const ddl: string[] = [];
    for (const [word] of gate.said.matchAll(/BEGIN|COMMIT(?!TED)|ROLLBACK|(?:CREATE|ALTER) TABLE/g)) {
      if (word.endsWith('TABLE')) ddl.push(isInside ? `${word} inside` : word);
      else isInside = word === 'BEGIN';
    }
    expect(new Set(ddl)).toEqual(new Set(['CREATE TABLE', 'ALTER TABLE']));
    expect(gate.said).toContain('COMMIT');
  });

  test('a row that is refused behind a change of schema leaves no other row there twice, though no key would keep it out', async () => {
    await target.rows('CREATE TABLE halved (id int, note varchar(5))');
    const config = { 'insert.mode': 'insert', 'primary.key.mode': 'none', 'delete.enabled': 'false' };
    await using task = await startTask(target, { topics: ['halved'], config });
    const columns: Columns = [
      ['id', int],
      ['note', text],
    ];
    const old = new TableEvents({ topic: 'halved', key: [], columns });
    const records = [old.create({ id: 1, note: 'a' })];
    const events = new TableEvents({ topic: 'halved', key: [], columns: [...columns, ['added', text]] }, old.nextOffset);
    await task.put(...records, events.create({ id: 2, note: 'b', added: 'x' }), events.create({ id: 3, note: 'too long' }));
    expect(await contentOf(target, 'halved', 'id')).toEqual([
      { id: '1', note: 'a', added: null },
      { id: '2', note: 'b', added: 'x' },
    ]);
    expect(task.reported.map(({ record }) => record.offset)).toEqual([2n]);
  });
});

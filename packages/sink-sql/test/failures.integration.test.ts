import { primitive, type SinkRecord } from '@headrace/connector-api';
import { hasCode, hasReaction, toError } from '@headrace/foundation';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TableEvents } from './support/records.ts';
import { createTask, never, startTask, type TestTaskOptions } from './support/tasks.ts';
import { contentOf, everyTarget, withoutObjects, type TargetDatabase } from './support/targets.ts';

const int = primitive('int32');
const text = primitive('string', { isOptional: true });

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

/** One sentence that names the thing, and a cure; never a password. */
const expectMessage = (error: unknown, ...words: readonly string[]): void => {
  const { message } = toError(error);
  for (const word of words) expect(message).toContain(word);
  expect(message).not.toContain('hunter2');
  expect(message).not.toContain('\n');
  expect(message).not.toMatch(/: \.|undefined|\[object/);
};

describe.each([...everyTarget, withoutObjects])('failures in %s', (_, create) => {
  let target: TargetDatabase;
  beforeAll(async () => {
    target = await create();
  });
  afterAll(() => target.drop());

  const notes = (topic: string): TableEvents =>
    new TableEvents({
      topic,
      key: ['id'],
      columns: [
        ['id', int],
        ['note', text],
      ],
    });

  const content = (table: string): Promise<Record<string, string | null>[]> => contentOf(target, table, 'id');

  const startFailure = async (options: Partial<TestTaskOptions>): Promise<unknown> => {
    await using task = createTask(target, { topics: ['failing'], ...options });
    return await rejection(task.task.start(never));
  };

  const putFailure = async (records: readonly SinkRecord[], options: TestTaskOptions): Promise<unknown> => {
    await using task = await startTask(target, options);
    return await rejection(task.put(...records));
  };

  const urlWith = (change: (url: URL) => void): string => {
    const url = new URL(target.jdbcUrl.replace(/^jdbc:[a-z]+/, 'http'));
    change(url);
    return url.href.replace(/^http/, target.name === 'postgres' ? 'jdbc:postgresql' : 'jdbc:mariadb');
  };

  describe('what cannot be reached or used is named', () => {
    test('a wrong password', async () => {
      const error = await startFailure({ config: { 'connection.password': 'hunter2' } });
      expect(hasCode(error, 'sql.access_denied')).toBe(true);
      expectMessage(error, target.user, 'connection.password');
    });

    test('a database that does not exist', async () => {
      const error = await startFailure({ config: { 'connection.url': urlWith((url) => (url.pathname = '/nowhere')) } });
      expect(hasReaction(error, 'task-failure')).toBe(true);
      expectMessage(error, 'nowhere');
    });

    test.each(['127.0.0.1', 'localhost', 'no-such-host.invalid'])('a server that does not answer at %s', async (host) => {
      const error = await startFailure({
        config: {
          'connection.url': urlWith((url) => {
            url.hostname = host;
            url.port = '1';
          }),
          'connection.password': 'hunter2',
          'target.retry.timeout.ms': '0',
        },
      });
      expect(hasCode(error, 'sql.target_unavailable')).toBe(true);
      expectMessage(error, `${host}:1`, host === 'no-such-host.invalid' ? 'ENOTFOUND' : 'ECONNREFUSED', 'connection.url');
    });

    test('a privilege that the user lacks', async () => {
      const user = `weak_${target.database}`;
      const [creation, grant, removal] =
        target.name === 'postgres'
          ? [`CREATE ROLE ${user} LOGIN PASSWORD 'hunter2'`, 'SELECT 1', `DROP ROLE ${user}`]
          : [
              `CREATE USER ${user}@'%' IDENTIFIED BY 'hunter2'`,
              `GRANT SELECT, INSERT, UPDATE ON ${target.database}.* TO ${user}@'%'`,
              `DROP USER ${user}@'%'`,
            ];
      await target.rows(creation);
      try {
        await target.rows(grant);
        const config = { 'connection.username': user, 'connection.password': 'hunter2', 'positions.table': 'weak_positions' };
        const error = await startFailure({ config });
        expect(hasCode(error, 'sql.missing_privilege')).toBe(true);
        expectMessage(error, target.name === 'postgres' ? 'public' : 'CREATE', 'connection.username');
      } finally {
        await target.rows(removal);
      }
    });

    test('a record without a key', async () => {
      const events = new TableEvents({ topic: 'keyless', key: [], columns: [['note', text]] });
      const error = await putFailure([events.create({ note: 'a' })], { topics: ['keyless'] });
      expect(hasCode(error, 'sql.no_key')).toBe(true);
      expectMessage(error, '"keyless"', 'primary.key.mode');
    });

    test('a table whose key is another', async () => {
      await target.rows('CREATE TABLE other_key (id int, note varchar(10) NOT NULL PRIMARY KEY)');
      const error = await putFailure([notes('other_key').create({ id: 1, note: 'a' })], { topics: ['other_key'] });
      expect(hasCode(error, 'sql.no_key')).toBe(true);
      expectMessage(error, '"other_key"', '"id"');
    });

    test('a missing table, a missing column, and names that the target cannot hold', async () => {
      const config = { 'schema.evolution': 'none' };
      const noTable = await putFailure([notes('absent').create({ id: 1, note: 'a' })], { topics: ['absent'], config });
      expect(hasCode(noTable, 'sql.missing_table')).toBe(true);
      expectMessage(noTable, '"absent"');
      await target.rows('CREATE TABLE narrow (id int NOT NULL PRIMARY KEY)');
      const noColumn = await putFailure([notes('narrow').create({ id: 1, note: 'a' })], { topics: ['narrow'], config });
      expect(hasCode(noColumn, 'sql.missing_column')).toBe(true);
      expectMessage(noColumn, '"note"', '"narrow"');
      const topic = 'n'.repeat(70);
      const badName = await putFailure([notes(topic).create({ id: 1, note: 'a' })], { topics: [topic] });
      expect(hasCode(badName, 'sql.bad_name')).toBe(true);
      expectMessage(badName, topic);
    });
  });

  test('names of any kind are taken as they are', async () => {
    const names = ['select', 'Upper Case', `a"b\`c'd`, 'ünï 漢', 'semi;--', 'per%cent?', '$1', '${x}', '{brace}', 'a.b', '\\'];
    const key = 'Group "by"';
    const events = new TableEvents({
      topic: 'order',
      key: [key],
      columns: [[key, int], ...names.map((name) => [name, text] as const)],
    });
    const table = `Tab"le\`; 漢`;
    await using task = await startTask(target, { topics: ['order'], config: { 'collection.name.format': table } });
    const row = Object.fromEntries(names.map((name) => [name, name]));
    await task.put(events.create({ ...row, [key]: 1 }), events.create({ ...row, [key]: 2 }), events.delete({ [key]: 2 }));
    await task.put(events.update({ ...row, select: 'changed', [key]: 1 }));
    expect(await target.rows(`SELECT * FROM ${target.quote(table)}`)).toEqual([{ ...row, select: 'changed', [key]: '1' }]);
    expect(task.reported).toEqual([]);
  });

  test('columns that differ only in case are two, or refused by name where the target knows only one', async () => {
    const events = new TableEvents({
      topic: 'cases',
      key: ['id'],
      columns: [
        ['id', int],
        ['Note', text],
        ['note', text],
      ],
    });
    await using task = await startTask(target, { topics: ['cases'] });
    const error = await rejection(task.put(events.create({ id: 1, Note: 'A', note: 'a' })));
    if (target.name === 'postgres') {
      expect(error).toBeUndefined();
      expect(await content('cases')).toEqual([{ id: '1', Note: 'A', note: 'a' }]);
      return;
    }
    expect(hasCode(error, 'sql.bad_name')).toBe(true);
    expectMessage(error, '"Note"', '"note"');
  });

  test('refused rows alone are reported, wherever they stand in a batch, and later changes of their keys are applied', async () => {
    await target.rows('CREATE TABLE picky (id int NOT NULL PRIMARY KEY, note varchar(3) UNIQUE, CHECK (id < 90))');
    const events = notes('picky');
    await using task = await startTask(target, { topics: ['picky'] });
    const records = [
      events.create({ id: 1, note: 'a' }),
      events.create({ id: 2, note: 'too long' }),
      events.create({ id: 3, note: 'c' }),
      events.create({ id: 4, note: 'a' }),
      events.update({ id: 1, note: 'b' }),
      events.update({ id: 4, note: 'a' }),
      events.update({ id: 2, note: 'ok' }),
      events.create({ id: 95, note: 'x' }),
      events.delete({ id: 3 }),
    ];
    await task.put(...records);
    expect(task.reported.map(({ record }) => Number(record.offset))).toEqual([1, 3, 7]);
    expect(await content('picky')).toEqual([
      { id: '1', note: 'b' },
      { id: '2', note: 'ok' },
      { id: '4', note: 'a' },
    ]);
    for (const { error } of task.reported) {
      expect(hasReaction(error, 'record')).toBe(true);
      expectMessage(error, '"picky"', 'topic "picky"');
      expect(error.message).not.toContain('too long"');
    }
    await task.put(...records);
    expect(task.reported).toHaveLength(3);
  });

  test('a connection killed between two puts makes one retry, and the same records are applied exactly once', async () => {
    const events = new TableEvents({ topic: 'killed', key: [], columns: [['note', text]] });
    const config = { 'insert.mode': 'insert', 'primary.key.mode': 'none', 'delete.enabled': 'false' };
    await using task = await startTask(target, { topics: ['killed'], config });
    const expected: string[] = [];
    for (const round of ['a', 'b', 'c']) {
      const records = [`${round}1`, `${round}2`].map((note) => events.create({ note }));
      const [row] = await target.rows(`SELECT session_token FROM headrace_positions WHERE topic = 'killed'`);
      await target.endSession(row?.['session_token'] ?? '');
      const error = await rejection(task.put(...records));
      if (error !== undefined) expect(hasReaction(error, 'retry')).toBe(true);
      await task.put(...records);
      expected.push(`${round}1`, `${round}2`);
      expect((await target.rows('SELECT note FROM killed ORDER BY note')).map(({ note }) => note)).toEqual(expected);
    }
    expect(task.reported).toEqual([]);
  });
});

import { Secret } from '@headrace/foundation';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseConnectionUrl } from '../src/connection-url.ts';
import { mysqlDialect } from '../src/mysql/mysql-dialect.ts';
import { postgresDialect } from '../src/postgres/postgres-dialect.ts';
import type { SqlSession } from '../src/dialect/session.ts';
import { never } from './support/tasks.ts';
import { everyTarget, type TargetDatabase } from './support/targets.ts';

describe.each(everyTarget)('a session in %s', (_, create) => {
  let target: TargetDatabase;
  beforeAll(async () => {
    target = await create();
  });
  afterAll(() => target.drop());

  const open = async (): Promise<SqlSession> => {
    const parsed = parseConnectionUrl(target.jdbcUrl);
    if ('problem' in parsed) throw new Error(parsed.problem);
    const dialect = target.name === 'postgres' ? postgresDialect : mysqlDialect;
    return dialect.connect({ ...parsed.target, user: target.user, password: new Secret(target.password) }, 'test', never);
  };

  const sleep = (): string => (target.name === 'postgres' ? 'SELECT pg_sleep(20)' : 'SELECT SLEEP(20)');

  test('gives up a statement at its deadline, and is broken then, because the statement may still run', async () => {
    await using session = await open();
    await expect(session.query({ text: sleep(), deadlineMs: 50 }, never)).rejects.toThrow(/timeout/i);
    expect(session.isBroken).toBe(true);
  });

  test('is broken as soon as a statement learns that the server ended it', async () => {
    await using session = await open();
    const running = session.query({ text: sleep() }, never).then(
      () => 'answered',
      () => 'rejected',
    );
    await target.endSession(session.token);
    expect(await running).toBe('rejected');
    expect(session.isBroken).toBe(true);
  });

  test('outlives a statement that the server refuses', async () => {
    await using session = await open();
    await expect(session.query({ text: 'SELECT nothing FROM nowhere' }, never)).rejects.toThrow();
    expect(session.isBroken).toBe(false);
    expect((await session.query({ text: 'SELECT 1 AS one' }, never)).rows).toEqual([{ one: '1' }]);
  });
});

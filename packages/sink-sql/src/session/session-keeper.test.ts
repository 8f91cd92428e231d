import { expect, test } from '@jest/globals';
import { hasCode, silentLogger, toError } from '@headrace/foundation';
import { VirtualClock } from '@headrace/testkit';
import type { ConnectionTarget } from '../connection-target.ts';
import type { Dialect } from '../dialect/dialect.ts';
import type { SqlSession } from '../dialect/session.ts';
import { postgresDialect } from '../postgres/postgres-dialect.ts';
import type { Positions } from '../apply/positions.ts';
import { SessionKeeper } from './session-keeper.ts';

const { signal } = new AbortController();

/** What the driver throws while PostgreSQL shuts down. */
const shuttingDown = Object.assign(new Error('the database system is shutting down'), { severity: 'FATAL', code: '57P03' });
const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

/** A server that gives these answers one after the other, and then connects. */
const keeperOf = (clock: VirtualClock, answers: readonly Error[]): SessionKeeper => {
  const left = [...answers];
  const session = { isBroken: false, [Symbol.asyncDispose]: () => Promise.resolve() } as unknown as SqlSession;
  const dialect: Dialect = {
    ...postgresDialect,
    connect: () => {
      const answer = left.shift();
      return answer === undefined ? Promise.resolve(session) : Promise.reject(answer);
    },
  };
  return new SessionKeeper({
    dialect,
    target: { host: 'db', port: 5_432 } as ConnectionTarget,
    positions: { takeOver: () => Promise.resolve([]) } as unknown as Positions,
    owner: 'shop-0',
    clock,
    log: silentLogger,
    retries: 2,
    retryDelayMs: 1_000,
  });
};

const outcomeOf = async (clock: VirtualClock, answers: readonly Error[]): Promise<Error | 'open' | undefined> => {
  let outcome: Error | 'open' | undefined;
  keeperOf(clock, answers)
    .open(signal)
    .then(
      () => {
        outcome = 'open';
      },
      (error: unknown) => {
        outcome = toError(error);
      },
    );
  await clock.advance(400_000);
  return outcome;
};

test('a server that says it restarts is waited for beyond the attempts that are allowed', async () => {
  const restart = [...Array<Error>(60).fill(shuttingDown), refused, refused, shuttingDown];
  expect(await outcomeOf(new VirtualClock(), restart)).toBe('open');
});

test('a server that only refuses connections is tried as often as allowed, then its address is told', async () => {
  const failure = await outcomeOf(new VirtualClock(), Array<Error>(3).fill(refused));
  expect(hasCode(failure, 'sql.unreachable')).toBe(true);
  expect(toError(failure).message).toContain('db:5432');
});

test('a server that says for five minutes that it restarts is not believed any more', async () => {
  expect(hasCode(await outcomeOf(new VirtualClock(), Array<Error>(1_000).fill(shuttingDown)), 'sql.unreachable')).toBe(true);
});

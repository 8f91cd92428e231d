import { crashPoint, hasReaction, isHeadraceError } from '@headrace/foundation';
import type { Dialect } from '../dialect/dialect.ts';
import type { SqlSession } from '../dialect/session.ts';
import { failureOf } from '../failure.ts';
import type { Operation } from './batch.ts';
import { runOperation } from './operation-runner.ts';

/** What one transaction of the target does. */
export interface CommitRequest {
  readonly dialect: Dialect;
  readonly session: SqlSession;
  /** Its first statement, which stores what is applied; FencedError unless the task owns the rows that say so. */
  readonly fence: (session: SqlSession, signal: AbortSignal) => Promise<void>;
  readonly operations: readonly Operation[];
}

/** One transaction. Resolves with the error of a refused row; every other error is thrown as what it means. */
export const commit = async ({ dialect, session, fence, operations }: CommitRequest, signal: AbortSignal): Promise<unknown> => {
  try {
    await session.query({ text: 'BEGIN' }, signal);
    await fence(session, signal);
    crashPoint('sink.fence-held');
    for (const operation of operations) await runOperation(dialect, session, operation, signal);
    crashPoint('sink.before-commit');
    await session.query({ text: 'COMMIT' }, signal);
    crashPoint('sink.after-commit');
    return undefined;
  } catch (error) {
    if (signal.aborted) throw error;
    if (!session.isBroken) await rollBack(session, signal);
    if (hasReaction(error, 'record')) return error;
    if (isHeadraceError(error)) throw error;
    if (dialect.diagnose(error).diagnosis === 'row') return error;
    throw failureOf(dialect, error, 'applying a batch');
  }
};

/** A failed roll-back leaves the connection broken, which is seen when it is used next. */
const rollBack = async (session: SqlSession, signal: AbortSignal): Promise<void> => {
  await session.query({ text: 'ROLLBACK' }, signal).catch(() => undefined);
};

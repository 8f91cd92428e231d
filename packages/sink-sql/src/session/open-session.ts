import type { ConnectionTarget } from '../connection-target.ts';
import type { Dialect } from '../dialect/dialect.ts';
import type { SqlSession } from '../dialect/session.ts';
import { accessFailure, failureOf } from '../failure.ts';

export interface SessionRequest {
  readonly dialect: Dialect;
  readonly target: ConnectionTarget;
  /** Names the task at the server. */
  readonly owner: string;
}

/** A new session. TaskFailure when the server refuses the login or has no such database, RetriableError when it is not reached. */
export const openSession = async ({ dialect, target, owner }: SessionRequest, signal: AbortSignal): Promise<SqlSession> => {
  try {
    return await dialect.connect(target, owner, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    const finding = dialect.diagnose(error);
    if (finding.diagnosis === 'access-denied' || finding.diagnosis === 'no-database') throw accessFailure(finding, error);
    throw failureOf(dialect, error, 'connecting');
  }
};

import { hasReaction, RetriableError } from '@headrace/foundation';
import type { ConnectionTarget, TargetHost } from '../connection-target.ts';
import type { Dialect } from '../dialect/dialect.ts';
import type { SqlSession } from '../dialect/session.ts';
import { errors } from '../errors.ts';
import { accessFailure, failureOf } from '../failure.ts';

export interface SessionRequest {
  readonly dialect: Dialect;
  readonly target: ConnectionTarget;
  /** Names the task at the server. */
  readonly owner: string;
}

/**
 * A new session, with the first host that takes writes where there are several. TaskFailure when a server refuses the login or has no such
 * database, RetriableError when none is reached.
 */
export const openSession = async (request: SessionRequest, signal: AbortSignal): Promise<SqlSession> => {
  const { dialect, target } = request;
  const hosts: readonly TargetHost[] = [target, ...target.others];
  let failure: unknown;
  for (const { host, port } of hosts) {
    try {
      const session = await dialect.connect({ ...target, host, port }, request.owner, signal);
      if (hosts.length === 1 || (await takesWrites(session, dialect, signal))) return session;
      failure ??= new RetriableError(
        errors.connection_lost.code,
        `None of the hosts of the target takes writes, ${host}:${String(port)} among them.`,
      );
    } catch (error) {
      if (signal.aborted) throw error;
      const finding = dialect.diagnose(error);
      if (finding.diagnosis === 'access-denied' || finding.diagnosis === 'no-database') throw accessFailure(finding, error);
      failure = error;
    }
  }
  throw hasReaction(failure, 'retry') ? failure : failureOf(dialect, failure, 'connecting');
};

/** A session that is of no use is closed. */
const takesWrites = async (session: SqlSession, dialect: Dialect, signal: AbortSignal): Promise<boolean> => {
  try {
    const { rows } = await session.query({ text: dialect.readOnlyQuery }, signal);
    if (rows[0]?.['read_only'] === '0') return true;
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
  await session[Symbol.asyncDispose]();
  return false;
};

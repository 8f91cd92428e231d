import type { TopicPartition } from '@headrace/connector-api';
import { Backoff, crashPoint, FencedError, RetriableError } from '@headrace/foundation';
import { answerOf, isFencingAnswer } from '../cluster/broker-failure.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Connections } from '../cluster/connections.ts';
import { errors } from '../errors.ts';
import { ProducerSession } from './producer-session.ts';

/** How often another owner may take the id between our taking it and the markers before we give up. */
const maxContests = 5;

export interface TakeOverOptions {
  readonly transactionalId: string;
  /** What a former owner may be writing to with plain batches. */
  readonly partitions: readonly TopicPartition[];
  confirmOwnership(signal: AbortSignal): Promise<boolean>;
}

/**
 * Takes a transactional id and makes the brokers refuse whoever had it. Ownership is asked for before each taking, or a
 * stale owner would fence its successor, and after it, because the answer may have been old by then.
 */
export const takeOver = async (
  cluster: Cluster,
  connections: Connections,
  options: TakeOverOptions,
  signal: AbortSignal,
): Promise<ProducerSession> => {
  const { transactionalId, partitions } = options;
  const backoff = new Backoff(cluster.clock, { initialMs: 20, maxMs: 1_000 });
  for (;;) {
    await requireOwnership(options, signal);
    crashPoint('take-over.before-producer');
    try {
      const session = await ProducerSession.open({ cluster, connections, transactionalId }, signal);
      crashPoint('take-over.after-producer');
      await requireOwnership(options, signal);
      crashPoint('take-over.before-markers');
      await session.fence(partitions, signal);
      crashPoint('take-over.after-markers');
      return session;
    } catch (failure) {
      const answer = answerOf(failure);
      if (!isFencingAnswer(answer)) throw failure;
      if (backoff.attempts >= maxContests) {
        throw new RetriableError(
          errors.producer_reset.code,
          `"${transactionalId}" was taken by somebody else ${String(maxContests)} times while we own it (${answer ?? ''}).`,
          { cause: failure },
        );
      }
      await backoff.wait(signal);
    }
  }
};

const requireOwnership = async (options: TakeOverOptions, signal: AbortSignal): Promise<void> => {
  if (await options.confirmOwnership(signal)) return;
  throw new FencedError(errors.fenced.code, `Another worker owns the task that writes as "${options.transactionalId}".`);
};

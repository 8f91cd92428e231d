import { FencedError, RetriableError } from '@headrace/foundation';
import { kafkaErrors } from '../kafka-errors.ts';
import { StaleEpoch, type MemoryPartition, type MemoryProducer } from './memory-kafka-partition.ts';
import type { MemoryKafka } from './memory-kafka.ts';

interface Owner {
  readonly transactionalId: string;
  confirmOwnership(signal: AbortSignal): Promise<boolean>;
}

export const requireOwnership = async (owner: Owner, signal: AbortSignal): Promise<void> => {
  if (await owner.confirmOwnership(signal)) return;
  throw new FencedError(kafkaErrors.fenced.code, `Another worker owns the task that writes as "${owner.transactionalId}".`);
};

/** What a failure means to the owner of a transactional id: asked for before anybody takes a new epoch. */
export const judgeFencing = async (failure: unknown, owner: Owner, signal: AbortSignal): Promise<Error> => {
  if (!(failure instanceof StaleEpoch)) return failure as Error;
  const { transactionalId } = owner;
  const cause = failure;
  try {
    if (await owner.confirmOwnership(signal)) {
      return new RetriableError(kafkaErrors.producer_reset.code, `The producer of "${transactionalId}" was reset.`, { cause });
    }
  } catch (error) {
    return error as Error;
  }
  return new FencedError(kafkaErrors.fenced.code, `Another worker writes as "${transactionalId}" now.`, { cause });
};

/** An aborted transaction over all partitions of these topics: its markers refuse older epochs there. */
export const fencePartitions = (
  kafka: MemoryKafka,
  target: {
    readonly transactionalId: string;
    readonly producer: MemoryProducer;
    readonly topics: readonly string[];
  },
): void => {
  const { transactionalId, producer, topics } = target;
  const partitions = topics.flatMap((topic): readonly MemoryPartition[] => kafka.partitions(topic) ?? []);
  if (partitions.length === 0) return;
  kafka.addPartitions(transactionalId, producer, partitions);
  kafka.endTransaction(transactionalId, producer, false);
};

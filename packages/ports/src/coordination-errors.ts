import { defineErrors, FencedError, RetriableError, type ErrorTable } from '@headrace/foundation';

/** What any implementation of the coordination port may throw. */
export const coordinationErrors: ErrorTable<'coordination', 'unavailable' | 'compacted' | 'lease_lost'> = defineErrors('coordination', {
  unavailable: {
    reaction: 'retry',
    meaning: 'The coordination store did not answer in time; a write may or may not have been applied.',
    hint: 'Check that etcd runs, has a quorum and is reachable from the worker (coordination.endpoints).',
  },
  compacted: {
    reaction: 'retry',
    meaning: 'The revision a watch wanted to go on from is compacted.',
    hint: 'Nothing to do: the reader reads everything anew and watches on from there.',
  },
  lease_lost: {
    reaction: 'fenced',
    meaning: 'The lease of this worker does not exist any more: it was away longer than the lease time, or the lease was revoked.',
    hint: 'Nothing to do: the worker stops its tasks and joins again. If it repeats, look for long pauses of the process or a slow etcd disk.',
  },
});

export const unavailable = (message: string, cause?: unknown): RetriableError =>
  new RetriableError(coordinationErrors.unavailable.code, message, { cause });

export const compacted = (prefix: string, revision: bigint, cause?: unknown): RetriableError =>
  new RetriableError(
    coordinationErrors.compacted.code,
    `The watch of "${prefix}" cannot go on from revision ${String(revision)}, which is compacted. Read anew.`,
    { cause },
  );

export const leaseLost = (leaseId: string, cause?: unknown): FencedError =>
  new FencedError(coordinationErrors.lease_lost.code, `Lease ${leaseId} does not exist any more. Stop, then join with a new one.`, {
    cause,
  });

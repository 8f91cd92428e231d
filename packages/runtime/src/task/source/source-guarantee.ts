import { TaskFailure, type RawConfig } from '@headrace/foundation';
import type { Guarantee } from '@headrace/ports';
import { taskErrors } from '../errors.ts';
import { wordOf } from '../record/raw-config.ts';

const DEFAULT_OFFSETS_TOPIC = 'headrace-offsets';

/** How a source task writes, and where transactions end. */
export interface SourceGuarantee {
  readonly guarantee: Guarantee;
  /** Left out: as soon as there is something. */
  readonly transactionEveryMs?: number;
  /** The source ends its transactions itself. */
  readonly ownsTransactions: boolean;
}

/**
 * Exactly-once where the worker's `exactly.once.source.support` is `enabled` (our default). `exactly.once.support=required`
 * fails the task elsewhere. `transaction.boundary`: `poll` ends transactions behind whole batches, several in one where they come
 * quickly; `interval` so far apart; `connector` where the source says so.
 */
export const sourceGuarantee = (raw: RawConfig, worker: RawConfig, commitIntervalMs: number): SourceGuarantee => {
  const guarantee: Guarantee = wordOf(worker, 'exactly.once.source.support', 'enabled') === 'enabled' ? 'exactly-once' : 'at-least-once';
  if (wordOf(raw, 'exactly.once.support', 'requested') === 'required' && guarantee !== 'exactly-once') {
    throw unsupported('exactly.once.support', 'required', 'the worker has exactly.once.source.support other than enabled');
  }
  const boundary = wordOf(raw, 'transaction.boundary', 'poll');
  const every = boundary === 'interval' ? { transactionEveryMs: Number(raw['transaction.boundary.interval.ms'] ?? commitIntervalMs) } : {};
  return { guarantee, ownsTransactions: boundary === 'connector', ...every };
};

/** Said when the connector was created; a placeholder may have hidden it until now. */
export const refuseOwnOffsetsTopic = (raw: RawConfig, worker: RawConfig): void => {
  const topic = raw['offsets.storage.topic'];
  if (topic === undefined || topic === null || topic === (worker['offset.storage.topic'] ?? DEFAULT_OFFSETS_TOPIC)) return;
  throw unsupported('offsets.storage.topic', topic, "positions are kept in the worker's offsets topic");
};

export const unsupported = (key: string, value: string, reason: string): TaskFailure => {
  const { code, hint } = taskErrors.unsupported_config;
  return new TaskFailure(code, `${key}=${value} cannot be done: ${reason}. ${hint}`, { fields: { key } });
};

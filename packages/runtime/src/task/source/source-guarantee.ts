import { TaskFailure, type RawConfig } from '@headrace/foundation';
import type { Guarantee } from '@headrace/ports';
import { taskErrors } from '../errors.ts';

/** How a source task writes, and how often it closes a transaction (undefined: the writer's default). */
export interface SourceGuarantee {
  readonly guarantee: Guarantee;
  readonly transactionMaxMs: number | undefined;
}

/**
 * Exactly-once where the worker's `exactly.once.source.support` is `enabled` (our default). `exactly.once.support=required`
 * fails the task elsewhere. `transaction.boundary`: `poll` and `interval` are honoured in that records and positions of a
 * batch are in one transaction; transactions close by time and size, `interval` sets the time.
 */
export const sourceGuarantee = (raw: RawConfig, worker: RawConfig): SourceGuarantee => {
  const guarantee: Guarantee = lower(worker, 'exactly.once.source.support', 'enabled') === 'enabled' ? 'exactly-once' : 'at-least-once';
  if (lower(raw, 'exactly.once.support', 'requested') === 'required' && guarantee !== 'exactly-once') {
    throw unsupported('exactly.once.support', 'required', 'the worker has exactly.once.source.support other than enabled');
  }
  const boundary = lower(raw, 'transaction.boundary', 'poll');
  if (boundary === 'connector') throw unsupported('transaction.boundary', 'connector', 'only poll and interval are supported');
  const interval = raw['transaction.boundary.interval.ms'];
  return {
    guarantee,
    transactionMaxMs: boundary === 'interval' && interval !== undefined && interval !== null ? Number(interval) : undefined,
  };
};

const lower = (raw: RawConfig, key: string, fallback: string): string => (raw[key] ?? fallback).trim().toLowerCase();

export const unsupported = (key: string, value: string, reason: string): TaskFailure => {
  const { code, hint } = taskErrors.unsupported_config;
  return new TaskFailure(code, `${key}=${value} cannot be done: ${reason}. ${hint}`, { fields: { key } });
};

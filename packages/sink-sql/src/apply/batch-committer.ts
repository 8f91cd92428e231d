import type { SinkRecord } from '@headrace/connector-api';
import { hasReaction, RecordError, type HeadraceError } from '@headrace/foundation';
import type { Dialect } from '../dialect/dialect.ts';
import type { SqlSession } from '../dialect/session.ts';
import { errors } from '../errors.ts';
import { placeOf } from '../record/change.ts';
import { planOperations, type InsertMode } from './batch.ts';
import { commit, type CommitRequest } from './commit.ts';
import type { PendingRecord } from './pending-record.ts';

export interface BatchCommitterOptions {
  readonly dialect: Dialect;
  readonly mode: InsertMode;
  /** Hands a record to the error policy; rejects when the policy is to fail. */
  readonly reject: (record: SinkRecord, error: HeadraceError) => Promise<void>;
}

export interface Batch {
  readonly session: SqlSession;
  readonly records: readonly PendingRecord[];
  readonly fence: CommitRequest['fence'];
  /** In the order of the records, one statement for each: for what a constraint needs in between. Default false. */
  readonly isOneByOne?: boolean;
}

/** Records become one transaction of the target, or the error policy's. */
export class BatchCommitter {
  readonly #options: BatchCommitterOptions;

  constructor(options: BatchCommitterOptions) {
    this.#options = options;
  }

  /** Resolves with the error of a refused row; every other error is thrown as what it means. */
  commit({ session, records, fence, isOneByOne = false }: Batch, signal: AbortSignal): Promise<unknown> {
    const { mode } = this.#options;
    const changes = records.flatMap(({ change }) => (change === null ? [] : [change]));
    const operations = isOneByOne ? changes.flatMap((change) => planOperations([change], mode)) : planOperations(changes, mode);
    return this.run({ session, fence, operations }, signal);
  }

  /** The same of operations that are made already. */
  run(request: Omit<CommitRequest, 'dialect'>, signal: AbortSignal): Promise<unknown> {
    return commit({ dialect: this.#options.dialect, ...request }, signal);
  }

  /** Half a transaction is none: all of its changes go the way of the one that was refused. */
  async rejectAll(records: readonly PendingRecord[], refusal: unknown): Promise<void> {
    for (const pending of records)
      if (pending.change !== null) await this.#options.reject(pending.record, this.#rowRefused(pending, refusal));
  }

  #rowRefused({ record, change }: PendingRecord, refusal: unknown): HeadraceError {
    if (hasReaction(refusal, 'record')) return refusal;
    const { reason } = this.#options.dialect.diagnose(refusal);
    const table = change === null ? '' : (change.kind === 'truncate' ? change.table : change.shape.table).id.name;
    return new RecordError(errors.row_refused.code, `Table "${table}" refused ${placeOf(record)}: ${reason}.`, {
      cause: refusal,
      fields: { table },
    });
  }
}

/** What is left of records whose changes are not to be applied: their positions. */
export const withoutChanges = (records: readonly PendingRecord[]): readonly PendingRecord[] =>
  records.map(({ record }) => ({ record, change: null }));

/** Changes as they come from the log, and what is known of each kind. */
import { TaskFailure } from '@headrace/foundation';
import type { EncodedRecords, SourceBatch, SourceRecord } from '@headrace/connector-api';
import type { Row } from '@headrace/cdc';
import { errors } from './errors.ts';
import { messageCodes } from './log/message-codes.ts';
import type { PgOutputMessage, Relation } from './pgoutput.ts';
import type { MessageType } from './start/offset.ts';
import type { CapturedTable } from './tables/captured-table.ts';

/** A batch of changes, as objects or encoded. */
export type ChangeBatch = SourceBatch<SourceRecord | EncodedRecords>;

export type Begin = Extract<PgOutputMessage, { kind: 'begin' }>;
export type Change = Exclude<PgOutputMessage, Begin | Relation | { kind: 'commit' | 'skipped' | 'message' | 'origin' }>;

/** Sees changes on their way, in the order of the log. */
export interface ChangeWatcher {
  saw(change: Change): void;
  /** Every change has to be seen for now: none may take the fused lane. */
  readonly isWatching: boolean;
  /** Changes of this table always have to be seen. */
  watches(path: string): boolean;
}

/** Of what the fused lane writes, by the first byte of the message. */
export const fusedTypes: Readonly<Record<number, MessageType>> = {
  [messageCodes.insert]: 'INSERT',
  [messageCodes.update]: 'UPDATE',
  [messageCodes.delete]: 'DELETE',
};

export const messageTypes = { insert: 'INSERT', update: 'UPDATE', delete: 'DELETE', truncate: 'TRUNCATE' } as const;

/** An old row without its key cannot tell whether the key changed. */
export const comparableBefore = ({ table, before }: Extract<Change, { kind: 'update' }>): Row | null =>
  table.plan.missingKeyColumns.length > 0 ? null : before;

export const keyNotInIdentity = (table: CapturedTable): TaskFailure =>
  new TaskFailure(
    errors.key_not_in_identity.code,
    `A row was deleted from ${table.path}, whose replica identity lacks key column ${table.plan.missingKeyColumns.join(', ')}. ` +
      errors.key_not_in_identity.hint,
  );

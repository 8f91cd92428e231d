import type { OwnershipEpoch, PartitionPosition, TopicPartition } from '@headrace/connector-api';
import type { SqlStatement } from './dialect/session.ts';

/** Lanes of one task at most. */
export const MAX_LANES = 16;

/** A name that no topic of Kafka can have. */
export const LANES = '/lanes';

/** Rows of lanes that apply transactions in parallel: like partitions of a topic of their own. */
export const laneRows: readonly TopicPartition[] = Array.from({ length: MAX_LANES }, (_, partition) => ({ topic: LANES, partition }));

/** Whose rows of the position table are meant. */
export interface PositionScope {
  /** Exact name of the table, quoted. */
  readonly table: string;
  readonly cluster: string;
  readonly connector: string;
}

/**
 * The position table's statements: one row per (cluster, connector, topic, partition) with the owner's epoch, the offset
 * of the next record and the token of the session that may write. Rows of lanes have, instead of an offset, what they have
 * applied above the offsets of the others.
 */
export interface PositionSql {
  create(scope: PositionScope): SqlStatement;
  /** Adds the column `applied_above` to a table made before there was one. */
  extend(scope: PositionScope): SqlStatement;
  /** Rows of these partitions: topic, partition_number, epoch_incarnation, epoch_revision, next_offset, session_token. */
  read(scope: PositionScope, partitions: readonly TopicPartition[]): SqlStatement;
  /** Makes epoch and session the owner of rows whose epoch is not newer; leaves the others as they are. */
  take(scope: PositionScope, owner: PositionOwner, partitions: readonly TopicPartition[]): SqlStatement;
  /** Stores offsets in rows that the epoch owns; the count tells how many those were. */
  advance(scope: PositionScope, epoch: OwnershipEpoch, positions: readonly PartitionPosition[]): SqlStatement;
  /** The lanes' rows: partition_number (the lane), applied_above. */
  readAbove(scope: PositionScope): SqlStatement;
  /** Stores what a lane has applied in its row, if the epoch owns it; the count tells. */
  recordAbove(scope: PositionScope, epoch: OwnershipEpoch, row: { readonly lane: number; readonly above: string }): SqlStatement;
  /** Deletes the rows of these partitions, or all of the connector's. */
  forget(scope: PositionScope, partitions: readonly TopicPartition[] | undefined): SqlStatement;
  /** Rows that nobody owns yet; there must be none of these partitions. */
  insert(scope: PositionScope, positions: readonly PartitionPosition[]): SqlStatement;
  /** One row (`session_id`) per session of these tokens that is still there. */
  liveSessions(tokens: readonly string[]): SqlStatement;
  endSession(sessionId: string): SqlStatement;
}

export interface PositionOwner {
  readonly epoch: OwnershipEpoch;
  readonly token: string;
}

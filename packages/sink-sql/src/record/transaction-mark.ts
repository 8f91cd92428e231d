import { Struct, type SinkRecord } from '@headrace/connector-api';

/** What a record says about the source transaction it belongs to (`provide.transaction.metadata=true` at the source). */
export type TransactionMark =
  /** A change, the `order`-th of its transaction, counted from 1. */
  | { readonly kind: 'event'; readonly id: string; readonly order: number }
  | { readonly kind: 'begin'; readonly id: string }
  /** The transaction is over and had `count` changes. */
  | { readonly kind: 'end'; readonly id: string; readonly count: number }
  /** In no transaction: rows of a snapshot, tombstones, heartbeats. */
  | { readonly kind: 'none' }
  /** A streamed change that should name its transaction and does not. */
  | { readonly kind: 'unmarked' };

const METADATA = 'io.debezium.connector.common.TransactionMetadataValue';
const none: TransactionMark = { kind: 'none' };
const unmarked: TransactionMark = { kind: 'unmarked' };

/**
 * PostgreSQL's ids are `<xid>:<lsn>`, and the lsn is another one in every record of the transaction. Other sources' ids (a GTID,
 * a binlog place) are the same throughout.
 */
const joined = (id: unknown): string => {
  const text = String(id);
  return /^\d+:\d+$/.test(text) ? text.slice(0, text.indexOf(':')) : text;
};

export const isTransactionBoundary = ({ valueSchema }: SinkRecord): boolean => valueSchema?.name === METADATA;

export const transactionMark = ({ value }: SinkRecord): TransactionMark => {
  if (!(value instanceof Struct)) return none;
  if (value.schema.name === METADATA) return boundaryMark(value);
  const block = value.get('transaction');
  if (block instanceof Struct) return { kind: 'event', id: joined(block.get('id')), order: Number(block.get('total_order')) };
  const op = value.get('op');
  return op === undefined || op === 'r' || op === 'm' ? none : unmarked;
};

const boundaryMark = (value: Struct): TransactionMark => {
  const id = joined(value.get('id'));
  return value.get('status') === 'END' ? { kind: 'end', id, count: Number(value.get('event_count') ?? 0) } : { kind: 'begin', id };
};

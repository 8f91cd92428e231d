import type { PartitionPosition } from '@headrace/connector-api';
import type { KafkaPorts } from '../../kafka-ports.ts';
import type { IncomingRecord, Isolation } from '../../record-reader.ts';

/** A transaction of some other program, with its own transactional id. */
export interface ForeignTransaction {
  send(topic: string, partition: number, entries: readonly ForeignEntry[]): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
}

export interface ForeignEntry {
  readonly key: string | null;
  readonly value: string | null;
}

/** One cluster under test, seen through two sets of ports and by a client that shares no code with them. */
export interface KafkaHarness {
  readonly ports: KafkaPorts;
  /** Another worker on the same cluster. Both wait for undecided transactions for at most two seconds. */
  readonly otherPorts: KafkaPorts;
  readonly offsetsTopic: string;
  /** A name nobody used before. */
  name(kind: string): string;
  /** All records of a topic now, partition by partition, read by the independent client. */
  read(topic: string, isolation: Isolation): Promise<readonly IncomingRecord[]>;
  /** Begins a transaction; the same id gives the same producer. */
  begin(transactionalId: string): Promise<ForeignTransaction>;
  /** Drops the records of a partition before `offset`. */
  trim(topic: string, partition: number, offset: bigint): Promise<void>;
  /** Makes a group lose all it knows. */
  deleteGroup(group: string): Promise<void>;
  /** Sets the offset of a partition in a group from outside, as the tools of Kafka do. */
  setOffset(group: string, position: PartitionPosition): Promise<void>;
  /** A foreign consumer joins a group; call the result to make it leave. */
  join(group: string, topic: string): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

import type { IncomingRecord, Isolation } from '../record-reader.ts';
import type { KafkaPorts } from '../kafka-ports.ts';
import type { OutgoingRecord, RecordWriterOptions } from '../record-writer.ts';

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
  /** A foreign consumer joins a group; call the result to make it leave. */
  join(group: string, topic: string): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** Options of a writer that owns its task; what is given wins. */
export const writerOptions = (
  given: Partial<RecordWriterOptions> & Pick<RecordWriterOptions, 'transactionalId' | 'guarantee'>,
): RecordWriterOptions => ({
  connector: given.transactionalId,
  fencedTopics: [],
  confirmOwnership: () => Promise.resolve(true),
  onDurable: () => undefined,
  ...given,
});

export const outgoing = (topic: string, key: string | null, value: string | null, more: Partial<OutgoingRecord> = {}): OutgoingRecord => ({
  topic,
  partition: undefined,
  key: key === null ? null : Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
  headers: [],
  timestamp: undefined,
  ...more,
});

export const textOf = (bytes: Buffer | null): string | null => bytes?.toString('utf8') ?? null;

/** Values in order, of one key where given. */
export const valuesOf = (records: readonly IncomingRecord[], key?: string): readonly (string | null)[] =>
  records.filter((record) => key === undefined || textOf(record.key) === key).map(({ value }) => textOf(value));

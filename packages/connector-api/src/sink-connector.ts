import type { Circuit, CircuitState, ConfigDef, ConfigKeys, ConfigOf, ConfigProblem, HeadraceError, RawConfig } from '@headrace/foundation';
import type { FieldChoice } from './converter.ts';
import type { FieldReading } from './field-reading.ts';
import type { SinkRecord } from './record.ts';
import type { RecordLane } from './source-connector.ts';
import type { ConnectorContext, TaskContext } from './task-context.ts';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A partition with the offset of the next record to read. */
export interface PartitionPosition extends TopicPartition {
  readonly offset: bigint;
}

/** How a sink task steers what comes to it. Records that were polled before a call still come. */
export interface SinkFlow {
  /** No more records of these partitions, until they are resumed or the task starts anew. */
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  /** The next records of this partition are those from this offset on: again, or some left out. */
  rewind(position: PartitionPosition): void;
  /** Has what is put flushed and its offsets committed behind the batch under way, not at the next interval. */
  requestCommit(): void;
}

/** Whether the tasks of a worker ask a target at all. */
export interface TargetCircuit {
  /** `open`: it has failed several times in a row and is left alone; `half-open`: one attempt is being made. */
  readonly state: CircuitState;
  /** Which target, without credentials. */
  readonly target: string;
  /** The last failure, of whichever task, where it is not closed. */
  readonly error?: string;
}

/** How keys and values of a task's records can be read without becoming objects. */
export interface RecordReading {
  readonly key: FieldReading;
  readonly value: FieldReading;
}

/**
 * A record as it stands in Kafka. Its key and its value are parts of `bytes`, which are not to be kept: they are what was fetched. A
 * view of each would cost as much as to read it. An end before its start stands for null.
 */
export interface EncodedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly bytes: Uint8Array;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

export interface EncodedBatch {
  /** Those of one partition in the order of their offsets. */
  readonly records: readonly EncodedRecord[];
  /** The same as `put` takes them. Those that cannot be decoded are left out, once the error policy has them; asked once. */
  decode(signal: AbortSignal): Promise<readonly SinkRecord[]>;
}

export interface SinkTaskContext extends TaskContext {
  /** Partitions this task reads, given by the cluster; they never change during the task's life. */
  readonly partitions: readonly TopicPartition[];
  readonly flow: SinkFlow;
  /** Given where no transform looks at the records and their converters can do it. */
  readonly reading?: RecordReading;
  /** Hands one record to the error policy (dead letter queue, log, skip); rejects when the policy is to fail. */
  reportRecord(record: SinkRecord, error: HeadraceError): Promise<void>;
  /**
   * The circuit of a target that may be away: one for all tasks of this worker that name it alike. `target`: its address as users know it,
   * never with credentials; it is shown in the status of those tasks, whose state stays what it is, and in the metrics.
   */
  circuitOf(target: string): Circuit;
}

/** Life of a sink task, one call at a time: create -> start -> (put | flush)* -> asyncDispose. */
export interface SinkTask extends AsyncDisposable {
  /** The way of its records, fixed once it is created; shown in its status. Left out: `object`. */
  readonly lane?: RecordLane;
  /**
   * Opens the target and fences the previous owner there. Resolves with the positions stored in the target itself: they
   * win over Kafka's committed offsets. A target that keeps none resolves with [].
   */
  start(signal: AbortSignal): Promise<readonly PartitionPosition[]>;
  /**
   * Applies records in order, or takes them into a bounded buffer. RetriableError: the same records come again after a backoff.
   * RecordError: one of them cannot be applied; they come again in halves, until the one to blame comes alone and is the error
   * policy's. A sink that knows which one it is spares itself that by `reportRecord`.
   */
  put(records: readonly SinkRecord[], signal: AbortSignal): Promise<void>;
  /**
   * As `put`, of records that the task reads itself (`SinkTaskContext.reading`) or asks to have decoded; all of its records come this way
   * then, but for the halves that follow a RecordError. Left out: records come by `put`.
   */
  putEncoded?(batch: EncodedBatch, signal: AbortSignal): Promise<void>;
  /** Resolves when everything put so far is durable in the target; only then are its offsets committed. */
  flush(signal: AbortSignal): Promise<void>;
  /**
   * First records, by partition, that were put and that a flush does not make durable, because they wait for others:
   * offsets are committed up to them. Left out: none ever waits.
   */
  waiting?(): readonly PartitionPosition[];
}

/** What PATCH and DELETE offsets ask of a target that keeps positions. */
export interface PositionAlteration {
  readonly clusterId: string;
  readonly connector: string;
  /** Offset null: forget the position. undefined: forget all of the connector's. */
  readonly positions: readonly (TopicPartition & { readonly offset: bigint | null })[] | undefined;
}

export interface SinkConnector<K extends ConfigKeys = ConfigKeys> {
  readonly kind: 'sink';
  readonly name: string;
  /** Class names it answers to; the first is the one shown in /connector-plugins. */
  readonly classNames: readonly string[];
  readonly version: string;
  /** Left out of GET /connector-plugins, as tools for tests are in Kafka Connect. Default false. */
  readonly isUnlisted?: boolean;
  readonly config: ConfigDef<K>;
  /**
   * Whether the target refuses a stale owner by itself. Tasks of an unfenced target stop when etcd cannot be reached,
   * before their lease runs out; the others go on.
   */
  readonly isFenced: boolean;
  validate?(config: ConfigOf<K>, raw: RawConfig): readonly ConfigProblem[];
  /** Which fields of a record's value the task reads, where no transform reads them before it. Left out: all. */
  valueFields?(config: ConfigOf<K>): FieldChoice;
  createTask(config: ConfigOf<K>, context: SinkTaskContext): SinkTask;
  /**
   * Runs beside the tasks while the connector is started, neither paused nor stopped: on one worker of the cluster, on its main
   * thread, which it must not block. Rejects: the connector is FAILED, its tasks go on; resolves: there is nothing left to watch.
   */
  watch?(config: ConfigOf<K>, context: ConnectorContext, signal: AbortSignal): Promise<void>;
  /**
   * For targets that keep positions of their own, which win over Kafka's committed offsets: changes them while the connector
   * is stopped. A former owner must not be able to write any more afterwards. Left out: the target keeps none.
   */
  alterPositions?(config: ConfigOf<K>, alteration: PositionAlteration, signal: AbortSignal): Promise<void>;
}

export const defineSinkConnector = <K extends ConfigKeys>(connector: Omit<SinkConnector<K>, 'kind'>): SinkConnector<K> => ({
  ...connector,
  kind: 'sink',
});

import type { ConfigDef, ConfigKeys, ConfigOf, ConfigProblem, RawConfig } from '@headrace/foundation';
import type { BinaryForm, EncodedRecords } from './binary-form.ts';
import type { ConnectorNotification, ConnectorSignal, SignalInbox } from './operator-messages.ts';
import type { JsonMap, SourcePosition, SourceRecord } from './record.ts';
import type { Schema } from './schema.ts';
import type { SnapshotStatus } from './snapshot-status.ts';
import type { ConnectorContext, TaskContext } from './task-context.ts';

/** Records that become durable together, and where to resume once they are. `R`: as objects, encoded, or both in order. */
export interface SourceBatch<R = SourceRecord> {
  readonly records: readonly R[];
  /** At most one per source partition; may be present with no records (progress without changes). */
  readonly positions: readonly SourcePosition[];
  /**
   * Looked at where the context has `ownsTransactions`: this batch ends the transaction of all batches since the last end.
   * `commit` makes their records visible together, with their positions; `abort` drops the records and stores the positions all the
   * same, for these records are not to come again (to read them again, a task throws RetriableError). Left out: more is to come.
   */
  readonly transaction?: 'commit' | 'abort';
}

/**
 * Given to a source task whose records no transform looks at, and whose converters share a binary form: it may then hand
 * out `EncodedRecords`, for all records or some. Their bytes are those the converters would have made of the objects.
 */
export interface FusedLane {
  readonly form: BinaryForm;
  /**
   * What stands before keys and values of these schemas in `topic`; null when their records have to be objects. Errors as of
   * `Converter.encoderFor`: a source must not take them for its own.
   */
  headersOf(topic: string, keySchema: Schema | null, valueSchema: Schema, signal: AbortSignal): Promise<FusedHeaders | null>;
}

/** `object`: a transform or a converter sees each record; `fused`: the connector writes or reads their bytes itself. */
export type RecordLane = 'object' | 'fused';

export interface FusedHeaders {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Records of one partition of a topic, as they come. */
export interface TopicFeed extends AsyncDisposable {
  /** Waits up to `maxWaitMs` for the first. */
  poll(maxWaitMs: number, signal: AbortSignal): Promise<readonly FeedRecord[]>;
}

export interface FeedRecord {
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

export interface SourceTaskContext extends TaskContext {
  /** Reads partition 0 of a topic of the worker's Kafka. `from`: null means what comes from now on. */
  readTopic(topic: string, from: bigint | null, signal: AbortSignal): Promise<TopicFeed>;
  /** The settings as given: for families of keys (`column.mask.with.N.chars`) that no definition can list. */
  readonly settings: RawConfig;
  /** Left out: records are handed out as objects only. */
  readonly fused?: FusedLane;
  /** transaction.boundary=connector: the task says by `SourceBatch.transaction` where transactions end. */
  readonly ownsTransactions?: boolean;
  /** Shows in the task's status; to be told about once a second, and at each change of state. Left out: nobody listens. */
  tellSnapshot?(status: SnapshotStatus): void;
  /** Signals given by REST. Left out: there are none. */
  readonly signals?: SignalInbox;
  /** For operators, who read the last ones by REST. Left out: nobody listens. */
  notify?(notification: ConnectorNotification): void;
  /** Stored offset of a source partition, read after fencing; null when there is none. */
  position(partition: JsonMap): Promise<JsonMap | null>;
}

/**
 * Life of a source task, one call at a time except `acknowledge`, which may come while `poll` waits:
 * create -> start -> (poll | acknowledge)* -> asyncDispose.
 */
export interface SourceTask extends AsyncDisposable {
  /** The way of its records, fixed once it is started; shown in its status. Left out: `object`. */
  readonly lane?: RecordLane;
  /** Opens connections and finds the place to resume. Throws TaskFailure or RetriableError; never half-starts. */
  start(signal: AbortSignal): Promise<void>;
  /**
   * The next batch in source order: resolves with what there is as soon as there is something, null when idle for about a second.
   * Bounded: a batch is at most about `maxBytes`. Rejects with `signal.reason` when aborted.
   */
  poll(signal: AbortSignal): Promise<SourceBatch<SourceRecord | EncodedRecords> | null>;
  /**
   * Everything up to this position is durable in Kafka *and* the position itself is stored. Monotonic; may skip values.
   * Only now may the source let its log go.
   */
  acknowledge(position: SourcePosition): void;
}

/** A source connector is a value: listing, validation and docs need no instance. */
export interface SourceConnector<K extends ConfigKeys = ConfigKeys> {
  readonly kind: 'source';
  /** Our name, `postgres`. */
  readonly name: string;
  /** Class names it answers to; the first is the one shown in /connector-plugins. */
  readonly classNames: readonly string[];
  readonly version: string;
  /** Left out of GET /connector-plugins, as tools for tests are in Kafka Connect. Default false. */
  readonly isUnlisted?: boolean;
  readonly config: ConfigDef<K>;
  /** Problems between keys, beyond what each key's own definition says. */
  validate?(config: ConfigOf<K>, raw: RawConfig): readonly ConfigProblem[];
  /** Configurations of its tasks, at most `maxTasks`. Pure; a source of one log has exactly one. */
  planTasks(raw: RawConfig, maxTasks: number): readonly RawConfig[];
  /** Why a signal cannot be carried out, without a full stop; undefined: it may be sent. Left out: it takes none. */
  checkSignal?(signal: ConnectorSignal): string | undefined;
  createTask(config: ConfigOf<K>, context: SourceTaskContext): SourceTask;
  /** Whether its tasks can say where transactions end. Left out: no, and transaction.boundary=connector is refused. */
  definesTransactions?(config: ConfigOf<K>): boolean;
  /**
   * Runs beside the tasks while the connector is started, neither paused nor stopped: on one worker of the cluster, on its main
   * thread, which it must not block. Rejects: the connector is FAILED, its tasks go on; resolves: there is nothing left to watch.
   */
  watch?(config: ConfigOf<K>, context: ConnectorContext, signal: AbortSignal): Promise<void>;
  /** Checks positions given by PATCH offsets; throws ConfigError. Left out: any map is accepted. */
  alterOffsets?(config: ConfigOf<K>, positions: readonly SourcePosition[]): void;
}

export const defineSourceConnector = <K extends ConfigKeys>(connector: Omit<SourceConnector<K>, 'kind'>): SourceConnector<K> => ({
  ...connector,
  kind: 'source',
});

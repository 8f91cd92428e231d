import type {
  ConnectorNotification,
  DeliveredSignal,
  OwnershipEpoch,
  TaskCondition,
  TaskId,
  TopicPartition,
} from '@headrace/connector-api';
import type { RawConfig } from '@headrace/foundation';

/** Everything a task needs to run, as plain data: it crosses a thread boundary. */
export interface TaskSpec {
  readonly id: TaskId;
  readonly kind: 'source' | 'sink';
  readonly clusterId: string;
  readonly epoch: OwnershipEpoch;
  /** Generation of the connector's task configurations. */
  readonly generation: number;
  readonly taskCount: number;
  /** The task's own configuration, as the connector planned it, placeholders unresolved. */
  readonly config: RawConfig;
  /** Sink tasks: what the cluster gave it to read. */
  readonly partitions: readonly TopicPartition[];
  readonly isPaused: boolean;
  /** Topics that former owners may have written to with plain batches (at-least-once). Default none. */
  readonly topicsWritten?: readonly string[];
}

/** Whether it is a sink task without partitions: there are fewer of them than `tasks.max`, or none yet. */
export const isIdle = ({ kind, partitions }: Pick<TaskSpec, 'kind' | 'partitions'>): boolean => kind === 'sink' && partitions.length === 0;

/** What a task says about itself. Calls come in order; after `failed`, `fenced` or `stopped` nothing follows. */
export interface TaskEvents {
  /** It has fenced its predecessor, found its position and works (or is paused). */
  running(): void;
  paused(): void;
  /** `trace`: first line `<error class>: <message>`, at most 8 KiB. `code`: ours, or `internal`. */
  failed(failure: TaskFailureReport): void;
  /** Somebody else owns it: no status is to be written. */
  fenced(): void;
  stopped(): void;
  /** Topics it has written or read since it last said so; in use for long, they are named again now and then. */
  topicsUsed(topics: readonly string[]): void;
  /** So many bytes of records it has moved since it last said so; about once a second while it moves any. */
  moved(bytes: number): void;
  /** The parts of its condition that have changed. */
  condition(changed: TaskCondition): void;
  /** Signals that are carried out and need not be delivered again. */
  signalsDone(tokens: readonly string[]): void;
  /** For operators. */
  notified(notification: ConnectorNotification): void;
  /**
   * Before plain batches (at-least-once) go to these topics: notes them for whoever takes the task over, who makes the brokers
   * refuse us there. False: somebody else owns the task.
   */
  claimTopics(topics: readonly string[], signal: AbortSignal): Promise<boolean>;
  /** Linearizable read on the main thread's store. */
  confirmOwnership(signal: AbortSignal): Promise<boolean>;
}

export interface TaskFailureReport {
  readonly code: string;
  readonly message: string;
  readonly trace: string;
}

export interface TaskHandle {
  pause(): void;
  resume(): void;
  /** Further signals of operators; each is given once to a start. */
  signals(signals: readonly DeliveredSignal[]): void;
  /** Drains within `graceMs`, then ends it by force; resolves when nothing of it runs any more. */
  stop(graceMs: number): Promise<void>;
}

/** Starts one task. */
export interface TaskStarter {
  start(spec: TaskSpec, events: TaskEvents): TaskHandle;
}

/** Runs tasks where they cannot disturb the coordinator: one thread each, with memory limits. */
export interface TaskHost extends TaskStarter, AsyncDisposable {
  /** For a task that will be started soon: what takes long and needs no ownership is done now. Disposed of: it will not be. */
  prepare(kind: TaskSpec['kind']): TaskStarter & Disposable;
}

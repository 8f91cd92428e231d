import type { ConnectorNotification, TaskCondition, TopicPartition } from '@headrace/connector-api';
import { InvariantError, type LogLevel, type RawConfig } from '@headrace/foundation';
import type { StoredEntry } from '@headrace/ports';
import type { ConnectorConfig, ConnectorKind, TargetState, UnitState } from '../../herder/herder.ts';
import { clusterErrors } from '../errors.ts';

/** JSON with a version in front, so that a later release can read what an earlier one wrote. */
export interface Codec<T> {
  encode(value: T): string;
  /** Throws InvariantError on a version it does not know. */
  decode(entry: Pick<StoredEntry, 'key' | 'value'>): T;
}

const VERSION = 1;

const codec = <T extends object>(): Codec<T> => ({
  encode: (value) => JSON.stringify({ version: VERSION, ...value }),
  decode: ({ key, value }) => {
    const { version, ...rest } = JSON.parse(value) as { version?: unknown };
    if (version === VERSION) return rest as T;
    throw new InvariantError(
      clusterErrors.unreadable_value.code,
      `Value of "${key}" has version ${String(version)}, this worker reads ${String(VERSION)}. Run workers of one release.`,
    );
  },
});

export interface IncarnationValue {
  readonly incarnation: number;
}

export interface MemberValue {
  readonly restUrl: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** It is leaving: gets no units, gives away the ones it has. */
  readonly isDraining: boolean;
  /** `worker.labels`. Left out: none. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** An operator wants the worker to give its units away. Counts for the member key of that creation alone, so not after a restart. */
export interface DrainValue {
  /** Revision, as text. */
  readonly memberRevision: string;
}

export type MoveReason = 'new' | 'worker-gone' | 'worker-leaves' | 'placement' | 'balance';

/** One change of the assignment. */
export interface UnitMove {
  readonly connector: string;
  readonly task: number | null;
  /** null: it had no worker. */
  readonly from: string | null;
  readonly to: string;
  readonly reason: MoveReason;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Written down before the first plain batch to each, so that a take-over misses none. */
export interface ReachValue {
  readonly topics: readonly string[];
}

/** The last ones, oldest first. */
export interface MovesValue {
  readonly moves: readonly UnitMove[];
}

/** `session` is the lease: tells what this run of a worker wrote from what an earlier one left. */
export interface LeaderValue {
  readonly workerId: string;
  readonly session: string;
}

export interface ConfigValue {
  readonly config: ConnectorConfig;
  readonly kind: ConnectorKind;
  /** Counts up from 1 with each change. */
  readonly configVersion: number;
}

export interface TargetValue {
  readonly state: TargetState;
}

export interface GenerationValue {
  /** Store revision at which it was planned: increases also when a connector is deleted and made again. */
  readonly generation: number;
  readonly taskCount: number;
  readonly configVersion: number;
  /** Of the content of all tasks. */
  readonly hash: string;
}

/** What was planned for one task. */
export interface TaskPlan {
  readonly config: RawConfig;
  /** Partition numbers by topic; empty for sources. */
  readonly partitions: Readonly<Record<string, readonly number[]>>;
}

export interface TaskValue extends TaskPlan {
  /** Generation that last changed this task: one that a new generation leaves as it was goes on undisturbed. */
  readonly since: number;
}

export interface RestartValue {
  readonly connector: number;
  readonly tasks: Readonly<Record<string, number>>;
}

export interface AssignmentValue {
  readonly workerId: string;
}

export interface OwnerValue {
  readonly workerId: string;
  readonly session: string;
  /** Milliseconds since the epoch. */
  readonly since?: number;
}

/** Of one task. */
export interface LoadValue {
  /** See `nextStep`. */
  readonly bytesPerSecond: number;
}

export interface FenceValue {
  /** Tasks 0 to taskCount - 1 of earlier generations are to be fenced. */
  readonly taskCount: number;
  /** Their dead letters were written under transactional ids of their own. */
  readonly hasDeadLetters: boolean;
}

export interface TopicsValue {
  /** By topic: which task used it first, and when (milliseconds since the epoch). */
  readonly topics: Readonly<Record<string, { readonly task: number; readonly discoveredAt: number }>>;
}

export interface SignalValue {
  readonly type: string;
  /** JSON text. */
  readonly data: string;
}

/** The last ones, oldest first. */
export interface NoticesValue {
  readonly notices: readonly ConnectorNotification[];
}

export interface LoggerValue {
  readonly level: LogLevel;
}

export interface StatusValue {
  readonly state: UnitState;
  readonly workerId: string;
  readonly incarnation: number;
  /** Revision of the epoch, as text. */
  readonly epoch: string;
  /** The restart request it has obeyed. */
  readonly restartToken: number;
  readonly trace?: string;
  readonly pluginVersion?: string;
  /** Tasks only. */
  readonly condition?: TaskCondition;
}

export interface Codecs {
  readonly incarnation: Codec<IncarnationValue>;
  readonly member: Codec<MemberValue>;
  readonly leader: Codec<LeaderValue>;
  readonly config: Codec<ConfigValue>;
  readonly target: Codec<TargetValue>;
  readonly generation: Codec<GenerationValue>;
  readonly task: Codec<TaskValue>;
  readonly restart: Codec<RestartValue>;
  readonly assignment: Codec<AssignmentValue>;
  readonly owner: Codec<OwnerValue>;
  readonly load: Codec<LoadValue>;
  readonly drain: Codec<DrainValue>;
  readonly moves: Codec<MovesValue>;
  readonly reach: Codec<ReachValue>;
  readonly fence: Codec<FenceValue>;
  readonly topics: Codec<TopicsValue>;
  readonly signal: Codec<SignalValue>;
  readonly notices: Codec<NoticesValue>;
  readonly logger: Codec<LoggerValue>;
  readonly status: Codec<StatusValue>;
}

export const codecs: Codecs = {
  incarnation: codec<IncarnationValue>(),
  member: codec<MemberValue>(),
  leader: codec<LeaderValue>(),
  config: codec<ConfigValue>(),
  target: codec<TargetValue>(),
  generation: codec<GenerationValue>(),
  task: codec<TaskValue>(),
  restart: codec<RestartValue>(),
  assignment: codec<AssignmentValue>(),
  owner: codec<OwnerValue>(),
  load: codec<LoadValue>(),
  drain: codec<DrainValue>(),
  moves: codec<MovesValue>(),
  reach: codec<ReachValue>(),
  fence: codec<FenceValue>(),
  topics: codec<TopicsValue>(),
  signal: codec<SignalValue>(),
  notices: codec<NoticesValue>(),
  logger: codec<LoggerValue>(),
  status: codec<StatusValue>(),
};

export const partitionsOf = (value: TaskPlan): readonly TopicPartition[] =>
  Object.entries(value.partitions).flatMap(([topic, numbers]) => numbers.map((partition) => ({ topic, partition })));

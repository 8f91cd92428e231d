import type {
  ConnectorNotification,
  ConnectorSignal,
  PartitionPosition,
  SourcePosition,
  TaskCondition,
  TopicPartition,
} from '@headrace/connector-api';
import type { RawConfig } from '@headrace/foundation';

export type TargetState = 'STARTED' | 'PAUSED' | 'STOPPED';
export type UnitState = 'UNASSIGNED' | 'RUNNING' | 'PAUSED' | 'STOPPED' | 'FAILED' | 'RESTARTING';
export type ConnectorKind = 'source' | 'sink' | 'unknown';
export type ConnectorConfig = Readonly<Record<string, string>>;

export interface ConnectorInfo {
  readonly name: string;
  readonly kind: ConnectorKind;
  /** As stored: placeholders unresolved. */
  readonly config: ConnectorConfig;
  readonly taskNumbers: readonly number[];
}

/** Connectors have no condition. */
export interface UnitStatus extends TaskCondition {
  readonly state: UnitState;
  /** `host:port` of the owner's REST address. */
  readonly workerId: string;
  /** Only where FAILED. */
  readonly trace?: string;
  readonly version?: string;
}

export interface ConnectorStatus {
  readonly name: string;
  readonly kind: ConnectorKind;
  readonly connector: UnitStatus;
  readonly tasks: readonly (UnitStatus & { readonly id: number })[];
}

export interface TaskInfo {
  readonly task: number;
  readonly config: RawConfig;
}

export type ConnectorOffsets =
  | { readonly kind: 'source'; readonly positions: readonly SourcePosition[] }
  | { readonly kind: 'sink'; readonly positions: readonly PartitionPosition[] };

/** Offset null: drop it. */
export type OffsetsAlteration =
  | { readonly kind: 'source'; readonly positions: readonly SourcePosition[] }
  | { readonly kind: 'sink'; readonly positions: readonly (TopicPartition & { readonly offset: bigint | null })[] };

export interface CreateConnector {
  readonly name: string;
  readonly config: RawConfig;
  readonly initialState?: TargetState;
}

export interface RestartOptions {
  readonly includeTasks: boolean;
  readonly onlyFailed: boolean;
}

/**
 * What a client may ask of the cluster; REST is a thin skin over it. Any worker answers, every read is linearizable
 * against the coordination store, every write has happened when it resolves. Errors: RequestError with the HTTP status
 * and Kafka Connect's message, ConfigError with every problem.
 */
export interface Herder {
  connectorNames(signal: AbortSignal): Promise<readonly string[]>;
  connector(name: string, signal: AbortSignal): Promise<ConnectorInfo>;
  createConnector(request: CreateConnector, signal: AbortSignal): Promise<ConnectorInfo>;
  putConfig(name: string, config: RawConfig, signal: AbortSignal): Promise<{ readonly info: ConnectorInfo; readonly isCreated: boolean }>;
  /** JSON merge: null deletes a key. */
  patchConfig(name: string, patch: RawConfig, signal: AbortSignal): Promise<ConnectorInfo>;
  deleteConnector(name: string, signal: AbortSignal): Promise<void>;
  status(name: string, signal: AbortSignal): Promise<ConnectorStatus>;
  setTargetState(name: string, state: TargetState, signal: AbortSignal): Promise<void>;
  tasks(name: string, signal: AbortSignal): Promise<readonly TaskInfo[]>;
  /** Resolves with the planned units as RESTARTING when either option is set, otherwise with undefined. */
  restartConnector(name: string, options: RestartOptions, signal: AbortSignal): Promise<ConnectorStatus | undefined>;
  restartTask(name: string, task: number, signal: AbortSignal): Promise<void>;
  offsets(name: string, signal: AbortSignal): Promise<ConnectorOffsets>;
  /** STOPPED connectors only; undefined alteration resets all. Resolves with the message for the user. */
  alterOffsets(name: string, alteration: OffsetsAlteration | undefined, signal: AbortSignal): Promise<string>;
  /** Has the connector's task carry out a signal, once it runs. RequestError 400 where the connector knows no such signal. */
  sendSignal(name: string, message: ConnectorSignal, signal: AbortSignal): Promise<void>;
  /** The last ones of a connector, oldest first. */
  notifications(name: string, signal: AbortSignal): Promise<readonly ConnectorNotification[]>;
  /** Live members, this worker first asked or not; for the CLI and `/cluster`. */
  cluster(signal: AbortSignal): Promise<ClusterView>;
  /** Has a worker give its units away and get none, or ends that. RequestError 404 when it is no member. */
  drain(workerId: string, isWanted: boolean, signal: AbortSignal): Promise<void>;
  /** After etcd was restored from a backup: raises the incarnation; resolves with the new one. */
  reattach(signal: AbortSignal): Promise<number>;
}

export interface ClusterMember {
  readonly workerId: string;
  readonly restUrl: string;
  readonly startedAt: number;
  readonly labels: Readonly<Record<string, string>>;
  /** It gets no units and gives away what it has. */
  readonly isDraining: boolean;
}

export interface ClusterOwner {
  readonly connector: string;
  readonly task: number | null;
  readonly workerId: string;
  readonly epoch: string;
  /** Milliseconds since the epoch; undefined where an older version took it. */
  readonly since: number | undefined;
  /** What it counts for when loads are balanced. */
  readonly weight: number;
  /** As published: smoothed, and a power of two; 0 below 1 MiB/s. */
  readonly bytesPerSecond: number;
}

/** A change of the assignment, and why. */
export interface ClusterMove {
  readonly connector: string;
  readonly task: number | null;
  readonly from: string | null;
  readonly to: string;
  readonly reason: string;
  readonly at: number;
}

export interface ClusterView {
  readonly leader: string | undefined;
  /** Store revision of the newest assignment that stands, the same for every worker; 0: there is none. */
  readonly assignedAt: number;
  readonly members: readonly ClusterMember[];
  readonly owners: readonly ClusterOwner[];
  /** The last 100, newest first. */
  readonly moves: readonly ClusterMove[];
}

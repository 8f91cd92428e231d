import { silentMeter, type Clock, type Logger, type LogLevel, type Meter, type RawConfig, type Service } from '@headrace/foundation';
import type { CoordinationStore, RenewLease, SinkOffsetStores, SourceOffsets, TaskHost, TopicAdmin } from '@headrace/ports';
import type { ValidateConnector } from '../config/validation.ts';
import { ClusterHerder } from '../herder/cluster-herder.ts';
import { ClusterOperations, viewOf } from '../herder/cluster-operations.ts';
import { ConnectorConfigs } from '../herder/connector-configs.ts';
import { ConnectorMessages } from '../herder/connector-messages.ts';
import { ConnectorOffsets } from '../herder/connector-offsets.ts';
import { ConnectorStatuses } from '../herder/connector-statuses.ts';
import { ConnectorTopics } from '../herder/connector-topics.ts';
import { ConnectorStore } from '../herder/connector-store.ts';
import type { ClusterView, Herder, UnitState } from '../herder/herder.ts';
import type { PluginRegistry } from '../plugins/plugin-registry.ts';
import { placeholderResolver, type ResolveConfig } from '../task/session/resolve-placeholders.ts';
import { ClusterLogLevels } from './cluster-log-levels.ts';
import { ClusterWorker } from './cluster-worker.ts';
import type { ClusterModel } from './store/cluster-model.ts';
import { createKeyspace } from './store/keyspace.ts';
import { renewInLoop } from './worker/loop-lease-renewal.ts';
import { DEFAULT_SETTINGS, type WorkerSettings } from './worker-settings.ts';

export interface CreateClusterWorker extends WorkerSettings {
  readonly store: CoordinationStore;
  /** Kafka Connect's `group.id`: workers of one id form one cluster. */
  readonly clusterId: string;
  /** `host:port` of the REST address that other workers and users reach; unique in the cluster. */
  readonly workerId: string;
  readonly restUrl: string;
  /** What `headrace.placement` of connectors asks for. Default: none. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter?: Meter;
  readonly plugins: PluginRegistry;
  readonly validate: ValidateConnector;
  readonly taskHost: TaskHost;
  readonly topicAdmin: TopicAdmin;
  readonly sourceOffsets: SourceOffsets;
  readonly sinkOffsets: SinkOffsetStores;
  /** Puts secrets in the place of `${provider:...}`. Default: from this machine's files and environment. */
  readonly resolveConfig?: ResolveConfig;
  /** `topic.tracking.enable`. Default true. */
  readonly tracksTopics?: boolean;
  /** Keeps the worker's lease. Default: from the loop that the worker runs in. */
  readonly renewLease?: RenewLease;
  /** A level was set for the loggers of every worker. Default: nothing is done. */
  readonly onLogLevel?: (logger: string, level: LogLevel) => void;
}

export interface ClusterWorkerHandle {
  /** Answers as soon as the store does, before and after `service` runs. */
  readonly herder: Herder;
  /** Membership, leadership and this worker's units; aborting it drains them and gives the lease back. */
  readonly service: Service;
  /** Topics that connectors have used. */
  readonly topics: ConnectorTopics;
  /** Levels set for the loggers of every worker; its service tells of them. */
  readonly logLevels: ClusterLogLevels;
  /** The cluster as this worker last saw it; undefined while it is out of it. */
  view(): ClusterView | undefined;
  /** This worker's connectors, as it last said they are. */
  ownConnectors(): readonly OwnConnector[];
  /** Units are on their way to the worker that they are assigned to. */
  isRebalancing(): boolean;
  /** It is a member and knows the cluster's state: for readiness probes. */
  isReady(): boolean;
}

/** For telling. */
export interface OwnConnector {
  readonly name: string;
  /** Placeholders as they were given. */
  readonly config: RawConfig;
  readonly state: UnitState;
}

/** One worker of a cluster, complete but for its REST server and its threads. Owns none of the ports it is given. */
export const createClusterWorker = (options: CreateClusterWorker): ClusterWorkerHandle => {
  const { store, plugins, validate, sourceOffsets, sinkOffsets } = options;
  const resolveConfig = options.resolveConfig ?? placeholderResolver({});
  const keys = createKeyspace(options.clusterId);
  const connectors = new ConnectorStore(store, keys);
  const worker = new ClusterWorker({
    ...options,
    meter: options.meter ?? silentMeter,
    labels: options.labels ?? {},
    tracksTopics: options.tracksTopics ?? true,
    renewLease: options.renewLease ?? renewInLoop(options),
    resolveConfig,
    keys,
    settings: settingsOf(options),
  });
  const herder = new ClusterHerder({
    connectors,
    configs: new ConnectorConfigs({ connectors, plugins, validate }),
    operations: new ClusterOperations(connectors),
    messages: new ConnectorMessages(connectors, plugins),
    statuses: new ConnectorStatuses(connectors),
    offsets: new ConnectorOffsets({
      connectors,
      plugins,
      sourceOffsets,
      sinkOffsets,
      clusterId: options.clusterId,
      resolveConfig,
    }),
  });
  const logLevels = new ClusterLogLevels({ ...options, keys, onLevel: options.onLogLevel ?? (() => undefined) });
  return {
    herder,
    service: worker,
    topics: new ConnectorTopics(connectors),
    logLevels,
    view: () => (worker.model === undefined ? undefined : viewOf(worker.model)),
    ownConnectors: () => ownConnectorsOf(worker),
    isRebalancing: () => worker.model !== undefined && hasWaitingUnits(worker.model),
    isReady: () => worker.isReady,
  };
};

const ownConnectorsOf = ({ model, units }: ClusterWorker): readonly OwnConnector[] =>
  units.flatMap(({ unit, state }) => {
    const connector = unit.task === null ? model?.connectors.get(unit.connector) : undefined;
    return connector === undefined ? [] : [{ name: connector.name, config: connector.config.config, state }];
  });

const hasWaitingUnits = ({ assignment, owners }: ClusterModel): boolean =>
  [...assignment].some(([path, { workerId }]) => owners.get(path)?.workerId !== workerId);

const settingsOf = (given: WorkerSettings): Required<WorkerSettings> => ({
  leaseTtlMs: given.leaseTtlMs ?? DEFAULT_SETTINGS.leaseTtlMs,
  outageMaxMs: given.outageMaxMs ?? DEFAULT_SETTINGS.outageMaxMs,
  taskStopMs: given.taskStopMs ?? DEFAULT_SETTINGS.taskStopMs,
  drainMs: given.drainMs ?? DEFAULT_SETTINGS.drainMs,
  topicsRefreshMs: given.topicsRefreshMs ?? DEFAULT_SETTINGS.topicsRefreshMs,
  rereadMs: given.rereadMs ?? DEFAULT_SETTINGS.rereadMs,
  loadIntervalMs: given.loadIntervalMs ?? DEFAULT_SETTINGS.loadIntervalMs,
  sweepMs: given.sweepMs ?? DEFAULT_SETTINGS.sweepMs,
  startsAtOnce: given.startsAtOnce ?? DEFAULT_SETTINGS.startsAtOnce,
});

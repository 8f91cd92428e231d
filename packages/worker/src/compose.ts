import { isAbort, Scope, silentMeter, systemClock, type Clock, type Logger, type RawConfig, type Service } from '@headrace/foundation';
import { EtcdCoordinationStore, warnAboutEtcd } from '@headrace/coordination-etcd';
import { FileCoordinationStore } from '@headrace/coordination-file';
import { buildApp, type Endpoints, type RestDeps, type TopicTracking } from '@headrace/rest-api';
import {
  createClusterWorker,
  parseLabels,
  placeholderResolver,
  renewInLoop,
  type ClusterWorkerHandle,
  type Plugin,
  type PluginRegistry,
  type ValidateConnector,
} from '@headrace/runtime';
import type { CoordinationStore, KafkaPorts, RenewLease } from '@headrace/ports';
import { availableParallelism } from 'node:os';
import { compactOnceSettled } from './collector.ts';
import { applyConnectorFiles, type ConnectorFile } from './connector-files.ts';
import { createKafkaPorts } from './kafka-ports.ts';
import { loadPlugins } from './plugins.ts';
import { renewInThread } from './lease/thread-lease-renewal.ts';
import { ThreadTaskHost } from './task/thread-task-host.ts';
import { saidWhileWaiting } from './said-while-waiting.ts';
import { connectorValidation } from './settings/connector-validation.ts';
import { etcdOptions } from './settings/etcd-options.ts';
import { advertisedAddress, advertisedUrl, parseListeners, type Listener } from './settings/listeners.ts';
import { restSecurity, type ListenerSecurity } from './settings/rest-security.ts';
import type { LogLevels } from './telemetry/log-levels.ts';
import { loggerNames, type Loggers } from './telemetry/logger.ts';
import { PROMETHEUS_TYPE } from './telemetry/metrics/prometheus-text.ts';
import { WorkerMetrics, type KnownCluster } from './telemetry/metrics/worker-metrics.ts';
import type { WorkerConfig } from './settings/worker-config.ts';
import { version } from './version.ts';

export interface ComposeOptions {
  readonly raw: RawConfig;
  readonly config: WorkerConfig;
  /** Connectors that a worker which is alone brings along. */
  readonly connectorFiles: readonly ConnectorFile[];
  readonly logLevels: LogLevels;
  readonly loggers: Loggers;
}

/** A start computes for half of its time and waits for servers in the other. */
const STARTS_PER_PROCESSOR = 2;

/** The only place where ports meet their implementations. Runs until aborted; ends in the order of the design's section 4. */
export const composeWorker = (options: ComposeOptions): Service => ({
  name: 'worker',
  run: (signal) => runWorker(options, signal),
});

const runWorker = async ({ raw, config, connectorFiles, logLevels, loggers }: ComposeOptions, signal: AbortSignal): Promise<void> => {
  const clock = systemClock;
  const log = loggers.named(loggerNames.worker);
  const workerId = advertisedAddress(config);
  const security = restSecurity(config, raw);
  const validate = connectorValidation(config, raw);
  const { registry: plugins, ignored } = await loadPlugins(config['plugin.path']);
  const windows = { ms: config['metrics.sample.window.ms'], count: config['metrics.num.samples'] };
  const metrics = new WorkerMetrics({ workerId, clock, sources: { plugins, workerConfig: raw }, windows });
  await using store = await openStore(config, clock);
  await using kafka = createKafkaPorts({ raw, config, clientId: `headrace-${workerId}`, clock, log, meter: silentMeter });
  await using taskHost = new ThreadTaskHost({
    workerConfig: raw,
    heapMb: config['task.heap.mb'],
    buffersMb: config['task.buffers.mb'],
    clock,
    logLevels,
    metrics: metrics.store,
    unitStates: metrics.unitStates,
  });
  if (ignored.length > 0) log.warn('Nothing is loaded from some of plugin.path.', { ignored });
  for (const plugin of plugins.all) if (isConnector(plugin)) logLevels.of(plugin.classNames[0] ?? '');
  log.info('Kafka version', { version });
  const cluster = createClusterWorker({
    store,
    clusterId: config['cluster.id'],
    workerId,
    restUrl: advertisedUrl(config),
    labels: parseLabels(config['worker.labels']),
    clock,
    log: loggers.named(loggerNames.cluster),
    meter: metrics.store,
    plugins,
    validate,
    taskHost,
    topicAdmin: kafka.admin,
    sourceOffsets: kafka.sourceOffsets,
    sinkOffsets: kafka.sinkOffsets,
    ...clusterSettings(config),
    ...leaseRenewal(store, raw, log),
    resolveConfig: placeholderResolver(raw),
    tracksTopics: config['topic.tracking.enable'],
    onLogLevel: (logger, level) => logLevels.set(logger, level),
  });
  await using app = await listen({
    config,
    log: loggers.named(loggerNames.rest),
    logLevels,
    metrics,
    security,
    cluster,
    kafka,
    plugins,
    validate,
    signal,
  });
  log.info('Worker listens.', { rest: app.addresses });
  await using scope = new Scope(signal);
  if (store instanceof EtcdCoordinationStore) scope.spawn('etcd condition', () => warnAboutEtcd(store, log));
  scope.spawn('cluster worker', (s) => cluster.service.run(s));
  scope.spawn('connector files', (s) => applyConnectorFiles(cluster.herder, connectorFiles, log, s));
  scope.spawn('heap', (s) => compactOnceSettled(clock, s));
  scope.spawn('log levels', (s) => cluster.logLevels.run(s));
  await scope.done();
};

const clusterSettings = (config: WorkerConfig) => ({
  leaseTtlMs: config['lease.ttl.ms'],
  loadIntervalMs: config['load.interval.ms'],
  outageMaxMs: config['coordination.outage.max.ms'],
  taskStopMs: config['task.shutdown.graceful.timeout.ms'],
  startsAtOnce: STARTS_PER_PROCESSOR * availableParallelism(),
});

/** A worker that is alone has a file, one of a cluster etcd. */
const openStore = async (config: WorkerConfig, clock: Clock): Promise<CoordinationStore> => {
  const file = config['offset.storage.file.filename'];
  if (file !== null) return FileCoordinationStore.open({ file, clock });
  return new EtcdCoordinationStore(etcdOptions(config['etcd.endpoints'] ?? [], config, clock));
};

/** A file has nobody who could take the worker's place. */
const leaseRenewal = (store: CoordinationStore, raw: RawConfig, log: Logger): { readonly renewLease?: RenewLease } => {
  if (!(store instanceof EtcdCoordinationStore)) return {};
  return { renewLease: renewInThread({ workerConfig: raw, clock: systemClock, first: renewInLoop({ store, clock: systemClock, log }) }) };
};

interface ListenOptions {
  readonly config: WorkerConfig;
  readonly log: Logger;
  readonly logLevels: LogLevels;
  readonly metrics: WorkerMetrics;
  readonly security: ListenerSecurity;
  readonly cluster: ClusterWorkerHandle;
  readonly kafka: KafkaPorts;
  readonly plugins: PluginRegistry;
  readonly validate: ValidateConnector;
  readonly signal: AbortSignal;
}

const listen = async ({
  config,
  log,
  logLevels,
  metrics,
  security,
  cluster,
  kafka,
  plugins,
  validate,
  signal,
}: ListenOptions): Promise<AsyncDisposable & { readonly addresses: readonly string[] }> => {
  const awaitKafka = (): void => {
    log.warn('Kafka does not answer yet; REST is served once it does.', { 'bootstrap.servers': config['bootstrap.servers'] });
  };
  const kafkaClusterId = await saidWhileWaiting(kafka.admin.clusterId(signal), awaitKafka, systemClock);
  const deps: RestDeps = {
    herder: cluster.herder,
    plugins,
    validate,
    info: { version, commit: 'unknown', kafkaClusterId },
    log,
    loggers: {
      list: () => logLevels.list(),
      set: (name, level) => logLevels.set(name, level),
      setInCluster: (name, level, setting) => cluster.logLevels.set(name, level, setting),
    },
    ...(config['topic.tracking.enable'] ? { topics: trackingOf(config, cluster) } : {}),
    metrics: { contentType: PROMETHEUS_TYPE, text: () => metrics.text(knownCluster(cluster)) },
    health: (): Promise<{ status: 'healthy' | 'starting'; message: string }> =>
      Promise.resolve(
        cluster.isReady()
          ? { status: 'healthy', message: 'Worker has completed startup and is ready to handle requests.' }
          : { status: 'starting', message: 'Worker is still starting up: it has not joined the cluster yet.' },
      ),
  };
  await using opened = new AsyncDisposableStack();
  const addresses: string[] = [];
  for (const { listener, endpoints, tls } of serversOf(config, security)) {
    const ofScheme = listener.scheme === 'https' && tls !== undefined ? { tls } : {};
    const app = await buildApp({ ...deps, endpoints, security: { ...security.shared, ...ofScheme } });
    opened.defer(() => app.close());
    // Without a host: every address, by IPv6 too where there is any.
    addresses.push(await app.listen({ host: listener.host, port: listener.port }));
  }
  const kept = opened.move();
  return { addresses, [Symbol.asyncDispose]: () => kept.disposeAsync() };
};

interface RestServer {
  readonly listener: Listener;
  readonly endpoints: Endpoints;
  readonly tls: ListenerSecurity['tls'];
}

/** A server for each address; the admin endpoints may have addresses of their own, or none. */
const serversOf = (config: WorkerConfig, { tls, adminTls }: ListenerSecurity): readonly RestServer[] => {
  const admin = config['admin.listeners'];
  const endpoints = admin === null ? 'all' : 'without-admin';
  return [
    ...parseListeners(config.listeners).map((listener) => ({ listener, endpoints, tls }) as const),
    ...parseListeners(admin ?? []).map((listener) => ({ listener, endpoints: 'admin-only', tls: adminTls }) as const),
  ];
};

const knownCluster = (cluster: ClusterWorkerHandle): KnownCluster | undefined => {
  const view = cluster.view();
  return view === undefined ? undefined : { view, connectors: cluster.ownConnectors(), isRebalancing: cluster.isRebalancing() };
};

const trackingOf = (config: WorkerConfig, { topics }: ClusterWorkerHandle): TopicTracking => ({
  active: (name, signal) => topics.active(name, signal),
  ...(config['topic.tracking.allow.reset'] ? { reset: (name: string, signal: AbortSignal) => topics.reset(name, signal) } : {}),
});

const isConnector = ({ kind }: Plugin): boolean => kind === 'source' || kind === 'sink';

/** True for the end that `main` asked for. */
export const isRequestedEnd = (error: unknown, signal: AbortSignal): boolean => signal.aborted && isAbort(error);

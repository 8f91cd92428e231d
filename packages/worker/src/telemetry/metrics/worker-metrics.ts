import type { Clock } from '@headrace/foundation';
import type { ClusterView, OwnConnector } from '@headrace/runtime';
import { version } from '../../version.ts';
import { gauge, MetricStore, type Sample, type SampleWindows } from './metric-store.ts';
import { connectorPlugin, textGauge, type PluginSources } from './plugin-info.ts';
import { prometheusText } from './prometheus-text.ts';
import { UnitStates } from './unit-states.ts';

export interface WorkerMetricsOptions {
  readonly workerId: string;
  readonly clock: Clock;
  readonly sources: PluginSources;
  /** Default: Kafka's. */
  readonly windows?: SampleWindows;
}

/** The cluster as this worker knows it. */
export interface KnownCluster {
  readonly view: ClusterView;
  readonly connectors: readonly OwnConnector[];
  readonly isRebalancing: boolean;
}

/** Kafka Connect has `eager`, `compatible` or `sessioned` there. */
const PROTOCOL = 'headrace';
const REBALANCES = 'kafka_connect_connect_worker_rebalance_metrics_';
const STARTUPS = /^kafka_connect_connect_worker_metrics_(connector|task)_startup_(success|failure|attempts)_total$/;

/** All metrics of one worker. */
export class WorkerMetrics {
  readonly store: MetricStore;
  readonly unitStates: UnitStates;
  readonly #options: WorkerMetricsOptions;
  readonly #startedAt: number;
  /** Newest assignment that was ever seen: it may be of a unit that is gone. */
  #assignedAt = 0;

  constructor(options: WorkerMetricsOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
    this.store = new MetricStore(options.clock, options.windows);
    this.unitStates = new UnitStates(options.clock, this.store, options.sources);
  }

  /** Prometheus' text. Without a known cluster nothing is dropped. */
  text(cluster: KnownCluster | undefined): string {
    const ofCluster = cluster === undefined ? [] : this.#ofCluster(cluster);
    const counted = this.store.samples();
    return prometheusText([...this.#ofProcess(), ...ofCluster, ...this.unitStates.samples(), ...counted, ...startupPercentages(counted)]);
  }

  #ofProcess(): readonly Sample[] {
    const labels = { client_id: this.#options.workerId };
    return [
      gauge('kafka_connect_app_info_version', 1, { ...labels, version }),
      gauge('kafka_connect_app_info_start_time_ms', this.#startedAt, labels),
    ];
  }

  #ofCluster({ view: { assignedAt, leader, members, owners }, connectors, isRebalancing }: KnownCluster): readonly Sample[] {
    const { workerId, sources } = this.#options;
    const own = owners.filter((owner) => owner.workerId === workerId);
    this.unitStates.keep(own);
    this.#assignedAt = Math.max(this.#assignedAt, assignedAt);
    const count = own.filter(({ task }) => task === null).length;
    return [
      gauge('kafka_connect_connect_worker_metrics_connector_count', count),
      gauge('kafka_connect_connect_coordinator_metrics_assigned_connectors', count),
      gauge('kafka_connect_connect_coordinator_metrics_assigned_tasks', own.length - count),
      // What a rebalance makes: a generation of the group at Kafka Connect, a newer assignment here.
      gauge(`${REBALANCES}epoch`, this.#assignedAt),
      textGauge('connect_worker_rebalance', 'connect_protocol', PROTOCOL, {}),
      gauge(`${REBALANCES}leader_name`, 1, { leader_name: leader ?? '' }),
      gauge(`${REBALANCES}rebalancing`, isRebalancing ? 1 : 0),
      gauge('headrace_cluster_members', members.length),
      ...connectors.flatMap((connector) => ofConnector(connector, sources)),
    ];
  }
}

const ofConnector = ({ name, config, state }: OwnConnector, sources: PluginSources): readonly Sample[] => {
  const { className, version: pluginVersion } = connectorPlugin(config, sources);
  const texts = {
    connector_type: sources.plugins.connector(className)?.kind ?? 'unknown',
    connector_class: className,
    connector_version: pluginVersion,
    status: state.toLowerCase(),
  };
  return Object.entries(texts).map(([attribute, text]) => textGauge('connector', attribute, text, { connector: name }));
};

/** Of attempts, as Kafka Connect has them beside the counters; zero before the first. */
const startupPercentages = (samples: readonly Sample[]): readonly Sample[] => {
  const counts = new Map(samples.filter(({ name }) => STARTUPS.test(name)).map(({ name, value }) => [name, value]));
  return [...counts].flatMap(([name, value]) => {
    const [, unit = '', outcome = ''] = STARTUPS.exec(name) ?? [];
    if (outcome === 'attempts') return [];
    const attempts = counts.get(name.replace(`_${outcome}_`, '_attempts_')) ?? 0;
    const percentage = attempts === 0 ? 0 : (100 * value) / attempts;
    return [gauge(`kafka_connect_connect_worker_metrics_${unit}_startup_${outcome}_percentage`, percentage)];
  });
};

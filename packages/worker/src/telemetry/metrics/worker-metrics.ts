import type { Clock } from '@headrace/foundation';
import type { ClusterView } from '@headrace/runtime';
import { gauge, MetricStore, type Sample } from './metric-store.ts';
import { prometheusText } from './prometheus-text.ts';
import { UnitStates } from './unit-states.ts';

/** All metrics of one worker. */
export class WorkerMetrics {
  readonly store: MetricStore;
  readonly unitStates: UnitStates;
  readonly #workerId: string;

  constructor(workerId: string, clock: Clock) {
    this.#workerId = workerId;
    this.store = new MetricStore(clock);
    this.unitStates = new UnitStates(clock, this.store);
  }

  /** Prometheus' text. `view`: the cluster as this worker knows it; without one nothing is dropped. */
  text(view: ClusterView | undefined): string {
    const ofCluster = view === undefined ? [] : this.#ofCluster(view);
    return prometheusText([...ofCluster, ...this.unitStates.samples(), ...this.store.samples()]);
  }

  #ofCluster({ leader, members, owners }: ClusterView): readonly Sample[] {
    const own = owners.filter(({ workerId }) => workerId === this.#workerId);
    this.unitStates.keep(own);
    return [
      gauge('kafka_connect_connect_worker_metrics_connector_count', own.filter(({ task }) => task === null).length),
      gauge('kafka_connect_connect_worker_rebalance_metrics_leader_name', 1, { leader_name: leader ?? '' }),
      gauge('headrace_cluster_members', members.length),
    ];
  }
}

import { expect, test } from '@jest/globals';
import type { Meter } from '@headrace/foundation';
import { MemoryCoordinationStore } from '@headrace/ports/memory';
import { VirtualClock } from '@headrace/testkit';
import { TestCluster } from '../../test/cluster/test-cluster.ts';

const { signal } = new AbortController();

/** What was said last, or in sum, by name and reason. */
class Notes implements Meter {
  readonly sums = new Map<string, number>();
  readonly last = new Map<string, number>();

  add(name: string, value: number, labels: Readonly<Record<string, string>> = {}): void {
    const key = [name, ...Object.values(labels)].join(' ');
    this.sums.set(key, (this.sums.get(key) ?? 0) + value);
  }

  set(name: string, value: number): void {
    this.last.set(name, value);
  }

  observe(name: string, value: number): void {
    this.last.set(name, value);
  }
}

test('tells of moves with their reasons, of the age of the lease, and how long a take-over took', async () => {
  const clock = new VirtualClock();
  const store = new MemoryCoordinationStore(clock);
  const meter = new Notes();
  const cluster = new TestCluster({ clock, clusterId: 'test', leaseTtlMs: 5_000, meter });
  const lost = store.connect();
  const staying = cluster.start('w1:8083', store.connect());
  await clock.until(async () => (await staying.herder.cluster(signal)).members.length === 1);
  await staying.herder.createConnector({ name: 'a', config: { 'connector.class': 'counter', 'tasks.max': '2' } }, signal);
  await clock.until(() => cluster.running.length === 2);
  expect(meter.sums.get('headrace_cluster_moves_total new')).toBe(3);

  const leaving = cluster.start('w2:8083', lost);
  await clock.until(() => leaving.host.running.length === 1);
  expect(meter.sums.get('headrace_cluster_moves_total balance')).toBe(1);
  expect(meter.last.get('headrace_cluster_take_over_{}_seconds')).toBeLessThan(2);

  const rebalances = meter.sums.get('kafka_connect_connect_worker_rebalance_metrics_completed_rebalances_total') ?? 0;
  lost.isReachable = false;
  await clock.advance(3_000);
  expect(meter.last.get('headrace_cluster_lease_age_seconds')).toBeGreaterThan(0);
  await clock.until(() => staying.host.running.length === 2, 10_000);
  expect(meter.sums.get('headrace_cluster_moves_total worker-gone')).toBe(1);
  expect(meter.sums.get('kafka_connect_connect_worker_rebalance_metrics_completed_rebalances_total')).toBe(rebalances + 1);

  lost.isReachable = true;
  const stopping = Promise.all(cluster.workers.map((worker) => worker.stop()));
  await clock.advance(40_000);
  await stopping;
});

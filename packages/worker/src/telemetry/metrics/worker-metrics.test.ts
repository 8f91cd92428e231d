import { describe, expect, test } from '@jest/globals';
import { systemClock } from '@headrace/foundation';
import { createPluginRegistry, type ClusterView } from '@headrace/runtime';
import type { TaskSpec } from '@headrace/ports';
import { MetricStore } from './metric-store.ts';
import { CollectingMeter } from './report.ts';
import { WorkerMetrics } from './worker-metrics.ts';

const spec: TaskSpec = {
  id: { connector: 'shop "a"', task: 0 },
  kind: 'sink',
  clusterId: 'test',
  epoch: { incarnation: 0, revision: 1n },
  generation: 1,
  taskCount: 1,
  config: { 'connector.class': 'io.example.Sink' },
  partitions: [],
  isPaused: false,
};

const started = () => {
  let now = 0;
  const metrics = new WorkerMetrics({
    workerId: 'w1:8083',
    clock: { ...systemClock, monotonic: () => now },
    sources: { plugins: createPluginRegistry([]), workerConfig: { 'key.converter': 'io.example.Key' } },
  });
  metrics.unitStates.started(spec);
  const meter = new CollectingMeter({ connector: spec.id.connector, task: '0' });
  return { metrics, meter, pass: (ms: number) => (now += ms), lines: () => metrics.text(undefined).split('\n') };
};

const labels = String.raw`{connector="shop \"a\"",task="0"}`;
const known = (view: ClusterView) => ({ view, connectors: [], isRebalancing: false });
const owner = { connector: spec.id.connector, task: 0, workerId: 'w1:8083', epoch: '1', since: 0, weight: 1, bytesPerSecond: 0 };

describe('metrics of a worker', () => {
  test('sum what a thread counted between its reports, and show counters as rates as well', () => {
    const { metrics, meter, pass, lines } = started();
    meter.add('x_record_read_total', 0);
    metrics.store.merge(meter.take());
    pass(10_000);
    meter.add('x_record_read_total', 30);
    meter.add('x_record_read_total', 20);
    metrics.store.merge(meter.take());
    expect(meter.take()).toEqual([]);
    expect(lines()).toEqual(expect.arrayContaining([`x_record_read_total${labels} 50`, `x_record_read_rate${labels} 5`]));
  });

  test('averages and extremes are those of the last minute', () => {
    const { metrics, meter, pass, lines } = started();
    for (const value of [10, 30]) meter.observe('put_batch_{}_time_ms', value);
    metrics.store.merge(meter.take());
    expect(lines()).toEqual(
      expect.arrayContaining([
        `put_batch_avg_time_ms${labels} 20`,
        `put_batch_max_time_ms${labels} 30`,
        `put_batch_min_time_ms${labels} 10`,
      ]),
    );
    pass(61_000);
    expect(lines()).toContain(`put_batch_avg_time_ms${labels} NaN`);
  });

  test('a failed task keeps its series until the task is another worker’s', () => {
    const { metrics, meter, lines } = started();
    metrics.unitStates.became(spec, 'running');
    meter.add('x_total', 1);
    metrics.store.merge(meter.take());
    metrics.unitStates.became(spec, 'failed');
    const view = { leader: 'w2:8083', assignedAt: 7, members: [], moves: [], owners: [owner] };
    expect(metrics.text(known(view))).toContain(`status="failed"} 1`);
    expect(lines()).toContain(`x_total${labels} 1`);
    const moved = metrics.text(known({ ...view, owners: [{ ...owner, workerId: 'w2:8083' }] }));
    expect(moved).not.toContain('shop');
    expect(moved).toContain('kafka_connect_connect_worker_metrics_task_startup_success_total 1');
  });

  test('ratios tell how the time was spent', () => {
    const { metrics, pass, lines } = started();
    metrics.unitStates.became(spec, 'running');
    pass(3_000);
    metrics.unitStates.became(spec, 'paused');
    pass(1_000);
    expect(lines()).toEqual(
      expect.arrayContaining([
        `kafka_connect_connector_task_metrics_running_ratio${labels} 0.75`,
        `kafka_connect_connector_task_metrics_pause_ratio${labels} 0.25`,
      ]),
    );
  });

  test('tell the classes of a task, of its converters and of its transforms', () => {
    const { metrics } = started();
    const config = { ...spec.config, 'value.converter': 'io.example.Value', transforms: 'cut', 'transforms.cut.type': 'io.example.Cut' };
    metrics.unitStates.started({ ...spec, config });
    const text = metrics.text(undefined);
    for (const [metric, className] of [
      ['connector_task_metrics_connector_class', 'io.example.Sink'],
      ['connector_task_metrics_key_converter_class', 'io.example.Key'],
      ['connector_task_metrics_value_converter_class', 'io.example.Value'],
      ['connector_task_metrics_header_converter_class', 'org.apache.kafka.connect.storage.SimpleHeaderConverter'],
      ['connector_transform_metrics_transform_class', 'io.example.Cut'],
    ]) {
      expect(text).toMatch(new RegExp(`^kafka_connect_${metric}\\{.*="${className}"\\} 1$`, 'm'));
    }
  });

  test('show starts as percentages too, and the state of each connector', () => {
    const { metrics } = started();
    metrics.unitStates.became(spec, 'failed');
    const view = { leader: 'w1:8083', assignedAt: 7, members: [], moves: [], owners: [{ ...owner, task: null }, owner] };
    const connectors = [{ name: 'x', config: { 'connector.class': 'io.example.Sink' }, state: 'PAUSED' as const }];
    const lines = metrics.text({ view, connectors, isRebalancing: true }).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'kafka_connect_connect_worker_metrics_task_startup_failure_percentage 100',
        'kafka_connect_connect_worker_metrics_connector_startup_success_percentage 0',
        'kafka_connect_connector_metrics_status{connector="x",status="paused"} 1',
        'kafka_connect_connect_coordinator_metrics_assigned_tasks 1',
        'kafka_connect_connect_worker_rebalance_metrics_rebalancing 1',
      ]),
    );
  });

  test('tell the protocol, and as its epoch the newest assignment, also after its unit is gone', () => {
    const { metrics } = started();
    const view = { leader: 'w1:8083', assignedAt: 7, members: [], moves: [], owners: [] };
    const epochOf = (assignedAt: number): string | undefined =>
      /^kafka_connect_connect_worker_rebalance_metrics_epoch (\d+)$/m.exec(metrics.text(known({ ...view, assignedAt })))?.[1];
    expect([epochOf(7), epochOf(9), epochOf(8)]).toEqual(['7', '9', '9']);
    expect(metrics.text(known(view))).toContain('rebalance_metrics_connect_protocol{connect_protocol="headrace"} 1');
  });

  test('rates and averages are of the windows that are asked for', () => {
    let now = 0;
    const store = new MetricStore({ ...systemClock, monotonic: () => now }, { ms: 1_000, count: 3 });
    store.observe('x_{}', 5);
    now = 2_900;
    expect(store.samples()).toContainEqual({ name: 'x_avg', type: 'gauge', labels: {}, value: 5 });
    now = 3_100;
    expect(store.samples()).toContainEqual({ name: 'x_avg', type: 'gauge', labels: {}, value: NaN });
  });

  test('a thread that invents series without end is cut at a thousand', () => {
    const { meter } = started();
    for (let index = 0; index < 1_500; index += 1) meter.add('x', 1, { index: String(index) });
    expect(meter.take()).toHaveLength(1_000);
  });
});

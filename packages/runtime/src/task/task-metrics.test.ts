import { VirtualClock } from '@headrace/testkit';
import { afterEach, describe, expect, test } from '@jest/globals';
import { TaskRig } from './testing/task-rig.ts';

const SOURCE = 'kafka_connect_source_task_metrics_';
const SINK = 'kafka_connect_sink_task_metrics_sink_record_';

afterEach(() => {
  TaskRig.stopAll();
});

describe('the metrics of a source task', () => {
  const startHeld = (config: Readonly<Record<string, string>>): { readonly rig: TaskRig; readonly clock: VirtualClock } => {
    const [rig, clock] = [new TaskRig(), new VirtualClock()];
    rig.kafka.isHeld = true;
    rig.source.values = ['a', 'b'];
    rig.start('source', config, { clock });
    return { rig, clock };
  };

  test('show how many records are not durable yet, now and at most', async () => {
    const { rig, clock } = startHeld({});
    await clock.until(() => rig.observed.get(`${SOURCE}source_record_active_count`)?.at(-1) === 2);
    rig.kafka.isHeld = false;
    rig.stop();
    await rig.ended;
    expect(rig.observed.get(`${SOURCE}source_record_active_count`)?.at(-1)).toBe(0);
    expect(Math.max(...(rig.observed.get(`${SOURCE}source_record_active_count_{}`) ?? []))).toBe(2);
  });

  test('tell the size of each transaction', async () => {
    const { rig, clock } = startHeld({});
    await clock.until(() => rig.observed.get(`${SOURCE}source_record_active_count`)?.at(-1) === 2);
    rig.kafka.isHeld = false;
    rig.stop();
    await rig.ended;
    expect(rig.observed.get(`${SOURCE}transaction_size_{}`)?.reduce((sum, size) => sum + size, 0)).toBe(2);
  });
});

describe('the metrics of a sink task', () => {
  test('show how far behind it is, and how many records it has not committed', async () => {
    const [rig, clock] = [new TaskRig(), new VirtualClock()];
    for (const value of ['a', 'b', 'c']) rig.kafka.produce('t', 0, 'k', value);
    rig.start('sink', { 'consumer.override.max.poll.records': '2' }, { clock });
    await clock.until(() => (rig.observed.get(`${SINK}active_count`)?.at(-1) ?? 0) > 0);
    await clock.until(() => rig.kafka.committed.get('t-0') === 3n);
    await clock.until(() => rig.observed.get(`${SINK}active_count`)?.at(-1) === 0);
    expect(rig.observed.get(`${SINK}lag_max`)?.at(-1)).toBe(0);
    expect(rig.observed.get(`${SINK}lag_max`)).toContain(1);
    rig.stop();
    await rig.ended;
  });
});

describe('the bytes that a task moves', () => {
  test('are counted, and told about once a second however many batches there are', async () => {
    const clock = new VirtualClock();
    const source = new TaskRig();
    source.source.values = Array.from({ length: 20 }, () => 'four');
    source.start('source', {}, { clock });
    await clock.until(() => source.source.acknowledged.at(-1) === 20);
    const sink = new TaskRig();
    for (let index = 0; index < 20; index += 1) sink.kafka.produce('t', 0, 'k', 'four');
    sink.start('sink', { 'consumer.override.max.poll.records': '2' }, { clock });
    await clock.until(() => sink.sink.puts.flat().length === 20);
    // Keys have one byte.
    for (const rig of [source, sink]) expect(rig.counters.get('headrace_task_bytes_total')).toBe(100);
    expect(source.bytesMoved).toEqual([]);
    for (const rig of [source, sink]) await clock.until(() => rig.bytesMoved.length > 0);
    for (const rig of [source, sink]) expect(rig.bytesMoved).toEqual([100]);
  });
});

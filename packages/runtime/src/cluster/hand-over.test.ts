import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MemoryCoordinationStore } from '@headrace/ports/memory';
import { VirtualClock } from '@headrace/testkit';
import { TestCluster, type TestWorker } from '../../test/cluster/test-cluster.ts';

const { signal } = new AbortController();

describe('a task that moves to another worker', () => {
  let clock: VirtualClock;
  let cluster: TestCluster;
  let first: TestWorker;
  let second: TestWorker;

  /** Two workers; the one task runs on the first. */
  beforeEach(async () => {
    clock = new VirtualClock();
    const store = new MemoryCoordinationStore(clock);
    cluster = new TestCluster({ clock, clusterId: 'test', leaseTtlMs: 5_000 });
    first = cluster.start('w1:8083', store.connect());
    await clock.until(async () => (await first.herder.cluster(signal)).members.length === 1);
    await first.herder.createConnector({ name: 'a', config: { 'connector.class': 'counter', 'tasks.max': '1' } }, signal);
    await clock.until(() => first.host.running.length === 1);
    second = cluster.start('w2:8083', store.connect());
    await clock.until(async () => (await first.herder.cluster(signal)).members.length === 2);
    await clock.advance(2_000);
    // Wherever it settled: the first is the one that has it.
    if (second.host.running.length === 1) [first, second] = [second, first];
  });

  afterEach(async () => {
    const stopping = Promise.all(cluster.workers.map((worker) => worker.stop()));
    await clock.advance(40_000);
    await stopping;
  });

  const moved = async (): Promise<{ readonly gapMs: number; readonly preparedAheadMs: number }> => {
    const preparedBefore = second.host.prepared;
    await clock.until(() => second.host.prepared > preparedBefore, 5_000, 1);
    const preparedAt = clock.monotonic();
    await clock.until(() => first.host.running.length === 0, 5_000, 1);
    const stoppedAt = clock.monotonic();
    await clock.until(() => second.host.running.length === 1, 5_000, 1);
    return { gapMs: clock.monotonic() - stoppedAt, preparedAheadMs: stoppedAt - preparedAt };
  };

  test('goes on until the other one has had time to prepare: when its worker is drained', async () => {
    await second.herder.drain(first.workerId, true, signal);
    const { gapMs, preparedAheadMs } = await moved();
    expect(preparedAheadMs).toBeGreaterThan(400);
    expect(gapMs).toBeLessThan(100);
  });

  test('goes on until the other one has had time to prepare: when its worker leaves', async () => {
    const leaving = first.stop();
    const { gapMs, preparedAheadMs } = await moved();
    expect(preparedAheadMs).toBeGreaterThan(400);
    expect(gapMs).toBeLessThan(100);
    await clock.advance(5_000);
    await leaving;
  });

  test.each([
    ['is stopped', () => first.herder.setTargetState('a', 'STOPPED', signal)],
    ['is deleted', () => first.herder.deleteConnector('a', signal)],
  ])('stops at once when its connector %s, moving or not', async (_, order) => {
    await second.herder.drain(first.workerId, true, signal);
    await clock.advance(100);
    expect(first.host.running).toHaveLength(1);
    const ordered = order();
    expect(await clock.until(() => first.host.running.length === 0, 5_000, 1)).toBeLessThan(100);
    await clock.advance(100);
    await ordered;
  });

  test('stops at once when its worker leaves and there is no other', async () => {
    const gone = second.stop();
    await clock.advance(5_000);
    await gone;
    const leaving = first.stop();
    expect(await clock.until(() => first.host.running.length === 0, 5_000, 1)).toBeLessThan(100);
    await clock.advance(5_000);
    await leaving;
  });
});

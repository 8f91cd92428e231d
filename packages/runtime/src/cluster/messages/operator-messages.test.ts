import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ConnectorNotification } from '@headrace/connector-api';
import { MemoryCoordinationStore } from '@headrace/ports/memory';
import { VirtualClock } from '@headrace/testkit';
import { TestCluster, type TestWorker } from '../../../test/cluster/test-cluster.ts';

const { signal } = new AbortController();
const wish = { id: 'one', type: 'log', data: '{"message":"hello"}' };

describe('signals and notifications', () => {
  let clock: VirtualClock;
  let store: MemoryCoordinationStore;
  let cluster: TestCluster;

  beforeEach(() => {
    clock = new VirtualClock();
    store = new MemoryCoordinationStore(clock);
    cluster = new TestCluster({ clock, clusterId: 'test', leaseTtlMs: 5_000 });
  });

  afterEach(async () => {
    const stopping = Promise.all(cluster.workers.map((worker) => worker.stop()));
    await clock.advance(40_000);
    await stopping;
  });

  const startTwo = async (): Promise<{ readonly owner: TestWorker; readonly other: TestWorker }> => {
    const [w1, w2] = [cluster.start('w1:8083', store.connect()), cluster.start('w2:8083', store.connect())];
    await w1.herder.createConnector({ name: 'a', config: { 'connector.class': 'counter', 'tasks.max': '1' } }, signal);
    await clock.until(async () => (await w1.herder.status('a', signal)).tasks[0]?.state === 'RUNNING');
    return w1.host.running.includes('a-0') ? { owner: w1, other: w2 } : { owner: w2, other: w1 };
  };

  test('a signal goes to the owner of the task, whoever was asked, and again to its successor until it is done', async () => {
    const { owner, other } = await startTwo();
    await other.herder.sendSignal('a', wish, signal);
    const task = owner.host.last('a', 0);
    await clock.until(() => task.signals.length > 0);
    expect(task.signals).toEqual([{ ...wish, token: expect.stringMatching(/^\d+ one$/) }]);
    const stopping = owner.stop();
    await clock.until(() => other.host.running.includes('a-0'));
    await stopping;
    const successor = other.host.last('a', 0);
    await clock.until(() => successor.signals.length > 0);
    expect(successor.signals).toEqual(task.signals);
    successor.events.signalsDone(successor.signals.map(({ token }) => token));
    await clock.advance(1_000);
    await other.herder.restartTask('a', 0, signal);
    await clock.until(() => other.host.last('a', 0) !== successor);
    await clock.advance(1_000);
    expect(other.host.last('a', 0).signals).toEqual([]);
  });

  test('signals wait for a stopped connector in their order, at most 16, and go with it', async () => {
    const { owner } = await startTwo();
    await owner.herder.setTargetState('a', 'STOPPED', signal);
    for (let number = 0; number < 16; number += 1) await owner.herder.sendSignal('a', { ...wish, id: `s${String(number)}` }, signal);
    await expect(owner.herder.sendSignal('a', wish, signal)).rejects.toMatchObject({ status: 409, code: 'connector.signals_waiting' });
    await owner.herder.setTargetState('a', 'STARTED', signal);
    await clock.until(() => cluster.starts.at(-1)?.signals.length === 16);
    expect(cluster.starts.at(-1)?.signals.map(({ id }) => id)).toEqual(Array.from({ length: 16 }, (_, number) => `s${String(number)}`));
    await owner.herder.deleteConnector('a', signal);
    await owner.herder.createConnector({ name: 'a', config: { 'connector.class': 'counter', 'tasks.max': '1' } }, signal);
    const starts = cluster.starts.length;
    await clock.until(() => cluster.starts.length > starts);
    await clock.advance(1_000);
    expect(cluster.starts.at(-1)?.signals).toEqual([]);
  });

  test('what the connector cannot carry out is refused: an unknown type, an id that waits, a sink, nobody', async () => {
    const { owner } = await startTwo();
    const { herder } = owner;
    await expect(herder.sendSignal('a', { ...wish, type: 'dance' }, signal)).rejects.toMatchObject({
      status: 400,
      message: 'The signal is refused: type "dance" is not known.',
    });
    await herder.setTargetState('a', 'STOPPED', signal);
    await herder.sendSignal('a', wish, signal);
    await expect(herder.sendSignal('a', wish, signal)).rejects.toMatchObject({ status: 409, code: 'connector.signal_exists' });
    await expect(herder.sendSignal('a', { ...wish, data: 'x'.repeat(70_000) }, signal)).rejects.toMatchObject({ status: 413 });
    await expect(herder.sendSignal('none', wish, signal)).rejects.toMatchObject({ status: 404 });
    await herder.createConnector({ name: 'sink', config: { 'connector.class': 'FencedSink', topics: 't' } }, signal);
    await expect(herder.sendSignal('sink', wish, signal)).rejects.toMatchObject({ status: 400, code: 'connector.no_signals' });
  });

  test('the last notifications can be read anywhere; news of progress take the place of older ones', async () => {
    const { owner, other } = await startTwo();
    const notice = (type: string, at: number): ConnectorNotification => ({ id: 'i', aggregate: 'Snapshot', type, data: {}, at });
    const { events } = owner.host.last('a', 0);
    events.notified(notice('STARTED', 1));
    for (let at = 2; at < 60; at += 1) events.notified(notice('IN_PROGRESS', at));
    const told = async (): Promise<readonly string[]> =>
      (await other.herder.notifications('a', signal)).map(({ type, at }) => `${type} ${String(at)}`);
    await clock.until(async () => (await told()).length > 0);
    expect(await told()).toEqual(['STARTED 1', 'IN_PROGRESS 59']);
    for (let at = 60; at < 160; at += 1) events.notified(notice('COMPLETED', at));
    await clock.until(async () => (await told()).at(-1) === 'COMPLETED 159');
    expect(await told()).toHaveLength(50);
    await other.herder.deleteConnector('a', signal);
    await expect(other.herder.notifications('a', signal)).rejects.toMatchObject({ status: 404 });
  });
});

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MemoryCoordinationStore } from '@headrace/ports/memory';
import { VirtualClock } from '@headrace/testkit';
import { TestCluster, type TestWorker } from '../../../../test/cluster/test-cluster.ts';
import type { ConnectorStatus } from '../../../herder/herder.ts';

const { signal } = new AbortController();
const breaking = { 'connector.class': 'counter', 'tasks.max': '2', 'breaks.after.ms': '5000' };

describe('what a connector does beside its tasks', () => {
  let clock: VirtualClock;
  let worker: TestWorker;

  beforeEach(async () => {
    clock = new VirtualClock();
    worker = new TestCluster({ clock, clusterId: 'test', leaseTtlMs: 5_000 }).start(
      'w1:8083',
      new MemoryCoordinationStore(clock).connect(),
    );
    await worker.herder.createConnector({ name: 'a', config: breaking }, signal);
    await untilState('RUNNING');
  });

  afterEach(async () => {
    const stopping = worker.stop();
    await clock.advance(40_000);
    await stopping;
    expect(worker.failure()).toBeUndefined();
  });

  const status = (): Promise<ConnectorStatus> => worker.herder.status('a', signal);

  const untilState = (state: string): Promise<number> =>
    clock.until(async () => {
      const { connector, tasks } = await status();
      return (
        connector.state === state && tasks.length === 2 && tasks.every((task) => task.state === (state === 'PAUSED' ? 'PAUSED' : 'RUNNING'))
      );
    });

  test('makes the connector FAILED when it fails, and leaves its tasks alone', async () => {
    await untilState('FAILED');
    expect((await status()).connector.trace).toContain('it was to fail now');
    expect(worker.host.starts).toHaveLength(2);
  });

  test('begins anew with a restart of the failed connector', async () => {
    await untilState('FAILED');
    await worker.herder.restartConnector('a', { includeTasks: false, onlyFailed: false }, signal);
    await untilState('RUNNING');
    expect(await untilState('FAILED')).toBeGreaterThan(4_000);
    expect(worker.host.starts).toHaveLength(2);
  });

  test('rests while the connector is paused', async () => {
    await worker.herder.setTargetState('a', 'PAUSED', signal);
    await untilState('PAUSED');
    await clock.advance(20_000);
    expect((await status()).connector.state).toBe('PAUSED');
    await worker.herder.setTargetState('a', 'STARTED', signal);
    expect(await clock.until(async () => (await status()).connector.state === 'FAILED')).toBeGreaterThan(4_000);
  });

  test('has no end of its own to tell when the configuration no longer asks for it', async () => {
    await worker.herder.putConfig('a', { ...breaking, 'breaks.after.ms': '3600000' }, signal);
    await clock.advance(20_000);
    expect((await status()).connector.state).toBe('RUNNING');
  });
});

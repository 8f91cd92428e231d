import { beforeEach, describe, expect, test } from '@jest/globals';
import { MemoryCoordinationStore } from '@headrace/ports/memory';
import { VirtualClock } from '@headrace/testkit';
import { createKeyspace } from './keyspace.ts';
import { StatusRepository, type StatusReport } from './status-repository.ts';
import { codecs } from './values.ts';

const { signal } = new AbortController();
const keys = createKeyspace('c');
const unit = { connector: 'a', task: 0 };

describe('the statuses', () => {
  let store: MemoryCoordinationStore;
  let statuses: StatusRepository;
  let revision: bigint;

  const own = async (): Promise<bigint> => {
    const value = codecs.owner.encode({ workerId: 'w1', session: '1' });
    return (await store.transact({ if: [], then: [{ put: keys.owner(unit), value }] }, signal)).revision;
  };
  const report = (changes: Partial<StatusReport> = {}): StatusReport => ({
    unit,
    epoch: { incarnation: 1, revision },
    workerId: 'w1',
    state: 'RUNNING',
    restartToken: 0,
    ...changes,
  });
  const stored = async () => {
    const entry = await store.get(keys.status(unit), signal);
    return entry === null ? null : codecs.status.decode(entry);
  };

  beforeEach(async () => {
    store = new MemoryCoordinationStore(new VirtualClock());
    statuses = new StatusRepository(store, keys);
    await store.transact(
      { if: [], then: [{ put: keys.config('a'), value: codecs.config.encode({ config: {}, kind: 'source', configVersion: 1 }) }] },
      signal,
    );
    revision = await own();
  });

  test('are written by the owner', async () => {
    expect(await statuses.write(report(), signal)).toBe(true);
    expect(await stored()).toMatchObject({ state: 'RUNNING', workerId: 'w1', epoch: String(revision) });
  });

  test('I2: are not written under an epoch that is over, whoever asks', async () => {
    const stale = report({ state: 'FAILED' });
    revision = await own();
    expect(await statuses.write(stale, signal)).toBe(false);
    expect(await stored()).toBeNull();
    expect(await statuses.write(report(), signal)).toBe(true);
    expect(await statuses.write(stale, signal)).toBe(false);
    expect(await stored()).toMatchObject({ state: 'RUNNING' });
  });

  test('are not written without an owner, nor for a connector that is deleted', async () => {
    await store.transact({ if: [], then: [{ delete: keys.owner(unit) }] }, signal);
    expect(await statuses.write(report(), signal)).toBe(false);
    revision = await own();
    await store.transact({ if: [], then: [{ delete: keys.config('a') }] }, signal);
    expect(await statuses.write(report(), signal)).toBe(false);
  });

  test('keep 8 KiB of a trace, cut between characters', async () => {
    await statuses.write(report({ state: 'FAILED', trace: `x${'€'.repeat(5_000)}` }), signal);
    const { trace = '' } = (await stored()) ?? {};
    expect(Buffer.byteLength(trace)).toBeGreaterThan(8_189);
    expect(Buffer.byteLength(trace)).toBeLessThanOrEqual(8_192);
    expect(trace.endsWith('€')).toBe(true);
  });
});

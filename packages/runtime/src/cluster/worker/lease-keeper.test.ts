import { beforeEach, describe, expect, test } from '@jest/globals';
import { silentLogger, silentMeter, Stopped, toError, type Clock } from '@headrace/foundation';
import { MemoryCoordinationStore } from '@headrace/ports/memory';
import { VirtualClock } from '@headrace/testkit';
import { LeaseKeeper, leasePhase } from './lease-keeper.ts';
import { renewInLoop } from './loop-lease-renewal.ts';

const times = { ttlMs: 6_000, marginMs: 1_000, outageMaxMs: 60_000 };

describe('the phase of a lease', () => {
  test.each([
    [0, 'held'],
    [4_999, 'held'],
    [5_000, 'doubtful'],
    [59_999, 'doubtful'],
    [60_000, 'given-up'],
  ] as const)('%i ms after the last renewal was sent is %s', (elapsedMs, phase) => {
    expect(leasePhase(elapsedMs, times)).toBe(phase);
  });

  test('is never given up before the lease can have ended', () => {
    expect(leasePhase(5_500, { ...times, outageMaxMs: 0 })).toBe('doubtful');
    expect(leasePhase(6_000, { ...times, outageMaxMs: 0 })).toBe('given-up');
  });
});

describe('the lease keeper', () => {
  let clock: VirtualClock;
  let store: MemoryCoordinationStore;
  let keeper: LeaseKeeper;
  let end: AbortController;
  let outcome: Error | 'ended' | undefined;
  let phases: string[];
  let leaseId: string;

  beforeEach(async () => {
    clock = new VirtualClock();
    store = new MemoryCoordinationStore(clock);
    end = new AbortController();
    leaseId = await store.grantLease(times.ttlMs, end.signal);
    keeper = new LeaseKeeper({
      ...times,
      renewLease: renewInLoop({ store, clock, log: silentLogger }),
      clock,
      log: silentLogger,
      meter: silentMeter,
      leaseId,
      grantedAt: clock.monotonic(),
    });
    outcome = undefined;
    phases = [];
    keeper.onPhase(() => phases.push(keeper.phase));
    keeper.run(end.signal).then(
      () => {
        outcome = 'ended';
      },
      (error: unknown) => {
        outcome = toError(error);
      },
    );
  });

  test('keeps the lease for as long as it runs', async () => {
    await clock.advance(120_000);
    expect([keeper.phase, outcome, phases]).toEqual(['held', undefined, []]);
    end.abort(new Stopped('shutdown'));
    await clock.advance(0);
    expect(outcome).toBe('ended');
    expect(clock.sleeperCount).toBeLessThanOrEqual(60);
  });

  test('tells before the lease can end that the store is away, and when it is back', async () => {
    await clock.advance(3_000);
    store.isReachable = false;
    const ms = await clock.until(() => phases.length === 1, 10_000, 10);
    expect(ms).toBeLessThanOrEqual(times.ttlMs - times.marginMs + times.ttlMs / 10);
    store.isReachable = true;
    await clock.advance(1_000);
    expect(phases).toEqual(['doubtful', 'held']);
    expect(outcome).toBeUndefined();
  });

  test('counts from when a renewal was sent, not from when its answer came', async () => {
    const renew = store.renewLease.bind(store);
    let sentAt = 0;
    store.renewLease = async (id, signal) => {
      const at = clock.monotonic();
      const ttlMs = await renew(id, signal);
      sentAt = at;
      return ttlMs;
    };
    store.latencyMs = () => 900;
    await clock.advance(10_000);
    store.isReachable = false;
    await clock.until(() => keeper.phase === 'doubtful', 10_000, 10);
    expect(clock.monotonic() - sentAt).toBeLessThanOrEqual(times.ttlMs - times.marginMs + 10);
    expect(outcome).toBeUndefined();
  });

  test('counts the time that the machine slept, which its monotonic clock does not', () => {
    let sleptMs = 0;
    const asleep: Clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      sinceBoot: () => clock.sinceBoot() + sleptMs,
      random: () => clock.random(),
      sleep: (ms, signal) => clock.sleep(ms, signal),
    };
    const woken = new LeaseKeeper({
      ...times,
      renewLease: renewInLoop({ store, clock: asleep, log: silentLogger }),
      clock: asleep,
      log: silentLogger,
      meter: silentMeter,
      leaseId,
      grantedAt: clock.monotonic(),
    });
    expect(woken.phase).toBe('held');
    sleptMs = 20_000;
    expect(woken.phase).toBe('doubtful');
  });

  test.each([86_400_000, -86_400_000])('keeps the lease when the wall clock is set by %s ms', async (setByMs) => {
    let offsetMs = 0;
    const set: Clock = {
      now: () => clock.now() + offsetMs,
      monotonic: () => clock.monotonic(),
      sinceBoot: () => clock.sinceBoot(),
      random: () => clock.random(),
      sleep: (ms, signal) => clock.sleep(ms, signal),
    };
    const options = { ...times, clock: set, log: silentLogger, meter: silentMeter, grantedAt: clock.monotonic() };
    const other = new LeaseKeeper({
      ...options,
      leaseId: await store.grantLease(times.ttlMs, end.signal),
      renewLease: renewInLoop({ store, clock: set, log: silentLogger }),
    });
    const seen: string[] = [];
    other.onPhase(() => seen.push(other.phase));
    const running = other.run(end.signal).catch(() => undefined);
    await clock.advance(1_000);
    offsetMs = setByMs;
    await clock.advance(20_000);
    expect([other.phase, seen]).toEqual(['held', []]);
    end.abort(new Stopped('shutdown'));
    await clock.advance(0);
    await running;
  });

  test('ends as fenced when the store says that the lease is gone', async () => {
    await store.revokeLease(leaseId, end.signal);
    await clock.advance(times.ttlMs);
    expect(outcome).toMatchObject({ code: 'coordination.lease_lost', reaction: 'fenced' });
  });

  test('ends as fenced when the store stays away for too long', async () => {
    store.isReachable = false;
    await clock.advance(times.outageMaxMs - 2_000);
    expect(outcome).toBeUndefined();
    await clock.advance(4_000);
    expect(outcome).toMatchObject({ code: 'cluster.outage_exceeded', reaction: 'fenced' });
  });

  test('judges the lease by the time that has passed, before any timer has run: the process may have been frozen', () => {
    const frozen: Clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic() + 20_000,
      sinceBoot: () => clock.sinceBoot() + 20_000,
      random: () => clock.random(),
      sleep: (ms, signal) => clock.sleep(ms, signal),
    };
    const thawed = new LeaseKeeper({
      ...times,
      renewLease: renewInLoop({ store, clock: frozen, log: silentLogger }),
      clock: frozen,
      log: silentLogger,
      meter: silentMeter,
      leaseId,
      grantedAt: clock.monotonic(),
    });
    expect(thawed.phase).toBe('doubtful');
  });
});

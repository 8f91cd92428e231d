import { describe, expect, test } from '@jest/globals';
import { Stopped } from '@headrace/foundation';
import { VirtualClock } from '@headrace/testkit';
import { TaskWatchdog, type Excess } from './task-watchdog.ts';

/** `cpuShare`: how much of a core the thread gets. */
const watch = (
  cpuShare = 1,
): { readonly clock: VirtualClock; readonly dog: TaskWatchdog; readonly seen: Excess[]; readonly end: AbortController } => {
  const clock = new VirtualClock();
  const seen: Excess[] = [];
  const end = new AbortController();
  const dog = new TaskWatchdog({
    clock,
    buffersMb: 64,
    cpuMs: () => Promise.resolve(clock.monotonic() * cpuShare),
    onExcess: (excess) => seen.push(excess),
  });
  void dog.run(end.signal);
  return { clock, dog, seen, end };
};

describe('the watchdog of a task', () => {
  test('lets a task be that shows life, however rarely within 5 s', async () => {
    const { clock, dog, seen, end } = watch();
    for (let second = 0; second < 60; second += 4) {
      await clock.advance(4_000);
      dog.heard();
    }
    expect(seen).toEqual([]);
    end.abort(new Stopped('done'));
  });

  test('tells of a task that was silent for 5 s, once', async () => {
    const { clock, dog, seen } = watch();
    await clock.advance(3_000);
    dog.heard();
    await clock.advance(4_900);
    expect(seen).toEqual([]);
    await clock.advance(10_000);
    expect(seen).toEqual([{ kind: 'unresponsive', forMs: 5_000 }]);
  });

  test('lets a silent task be while it hardly gets a turn, and tells of it once it used 2 s of CPU', async () => {
    const { clock, seen } = watch(0.1);
    await clock.advance(20_500);
    expect(seen).toEqual([]);
    await clock.advance(10_000);
    expect(seen).toEqual([{ kind: 'unresponsive', forMs: 21_000 }]);
  });

  test('tells of a task that holds more than it may', () => {
    const { dog, seen } = watch();
    dog.alive(64 * 1_048_576);
    expect(seen).toEqual([]);
    dog.alive(64 * 1_048_576 + 1);
    expect(seen).toEqual([{ kind: 'buffers', bytes: 67_108_865 }]);
  });
});

import type { SeededRandom } from '@headrace/testkit';
import type { TargetState } from '../../src/index.ts';

export const WORKERS: readonly string[] = ['w1', 'w2', 'w3'];
export const SOURCES: readonly string[] = ['a', 'b'];
export const SINKS: readonly string[] = ['f', 'u'];

/** What goes wrong, or is asked for, at one moment. */
export type Event =
  | { readonly kind: 'line'; readonly worker: string; readonly fault: 'cut' | 'cut-out' | 'cut-in' | 'lossy' | 'slow' | 'healed' }
  | { readonly kind: 'freeze' | 'thaw' | 'kill' | 'restart' | 'leave' | 'revoke'; readonly worker: string }
  | { readonly kind: 'etcd'; readonly fault: 'down' | 'up' | 'leader' | 'compact' | 'setback' | 'lag' | 'calm' }
  | { readonly kind: 'kafka'; readonly isAway: boolean }
  | { readonly kind: 'put'; readonly name: string; readonly tasks: number; readonly version: number }
  | { readonly kind: 'target'; readonly name: string; readonly state: TargetState }
  | { readonly kind: 'delete' | 'bounce'; readonly name: string };

export interface Step {
  readonly event: Event;
  /** Then so much time passes. */
  readonly pauseMs: number;
}

/** What a seed does to the cluster after its connectors have been made. */
export const scheduleOf = (random: SeededRandom): readonly Step[] => {
  const count = random.whole(8, 20);
  return Array.from({ length: count }, () => ({
    event: eventOf(random),
    pauseMs:
      random.weighted([
        [3, 60],
        [4, 600],
        [3, 4_000],
      ]) * random.next(),
  }));
};

const eventOf = (random: SeededRandom): Event => {
  const worker = random.pick(WORKERS);
  const name = random.pick([...SOURCES, ...SINKS]);
  return random.weighted<() => Event>([
    [6, () => ({ kind: 'line', worker, fault: random.pick(['cut', 'cut-out', 'cut-in', 'lossy', 'slow', 'healed']) })],
    [6, () => ({ kind: random.pick(['freeze', 'thaw', 'kill', 'restart', 'leave', 'revoke']), worker })],
    [3, () => ({ kind: 'etcd', fault: random.pick(['down', 'up', 'leader', 'compact', 'setback', 'lag', 'calm']) })],
    [1, () => ({ kind: 'kafka', isAway: random.isHit(0.5) })],
    [4, () => ({ kind: 'put', name, tasks: random.whole(1, 4), version: random.whole(1, 3) })],
    [2, () => ({ kind: 'target', name, state: random.pick<TargetState>(['STARTED', 'PAUSED', 'STOPPED']) })],
    [2, () => ({ kind: random.pick(['delete', 'bounce']), name })],
  ])();
};

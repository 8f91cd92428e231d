import { SeededRandom } from '@headrace/testkit';
import type { Weather } from '../support/fault-proxy.ts';

/** One fault. `worker`: which of those that live, by turn; the flow whose owner is meant where it says so. */
export type Fault =
  | { readonly kind: 'kill owner'; readonly flow: number }
  | { readonly kind: 'kill worker'; readonly worker: number }
  | { readonly kind: 'freeze owner'; readonly flow: number; readonly forMs: number }
  | { readonly kind: 'freeze worker'; readonly worker: number; readonly forMs: number }
  | { readonly kind: 'restart worker'; readonly worker: number }
  | { readonly kind: 'network'; readonly worker: number; readonly server: string; readonly weather: Weather; readonly forMs: number }
  | { readonly kind: 'break connections'; readonly worker: number; readonly server: string }
  | { readonly kind: 'isolate worker'; readonly worker: number; readonly forMs: number }
  | { readonly kind: 'kill server' | 'stop server'; readonly server: string }
  | { readonly kind: 'freeze server'; readonly server: string; readonly forMs: number };

/** Faults that overlap. */
export type Step = readonly Fault[];

export interface PlanOptions {
  readonly seed: number;
  readonly faults: number;
  /** Names of the servers as `./scripts/stack` knows them. */
  readonly servers: readonly string[];
  readonly flows: number;
  readonly workers: number;
}

const leaseMs = 5_000;

const kinds: readonly (readonly [weight: number, kind: Fault['kind']])[] = [
  [8, 'kill owner'],
  [3, 'kill worker'],
  [10, 'freeze owner'],
  [4, 'freeze worker'],
  [4, 'restart worker'],
  [44, 'network'],
  [10, 'break connections'],
  [6, 'isolate worker'],
  [5, 'kill server'],
  [2, 'stop server'],
  [4, 'freeze server'],
];

const weathers: readonly Weather[] = ['cut', 'requests-cut', 'replies-cut', 'slow', 'lossy'];

/** The same seed and options give the same plan. */
export const planOf = (options: PlanOptions): readonly Step[] => {
  const random = new SeededRandom(options.seed);
  const steps: Step[] = [];
  let planned = 0;
  while (planned < options.faults) {
    const size = Math.min(random.whole(1, 3), options.faults - planned);
    steps.push(Array.from({ length: size }, () => fault(random, options)));
    planned += size;
  }
  return steps;
};

/** Half of them shorter than a lease, half of them longer. */
const duration = (random: SeededRandom): number =>
  random.next() < 0.5 ? random.whole(500, leaseMs - 1_000) : random.whole(leaseMs, leaseMs * 2);

const fault = (random: SeededRandom, { servers, flows, workers }: PlanOptions): Fault => {
  const kind = random.weighted(kinds);
  // Drawn for every kind, so that plans stay alike when a kind changes.
  const [flow, worker, server] = [random.whole(0, flows - 1), random.whole(0, workers - 1), random.pick(servers)];
  const [forMs, weather] = [duration(random), random.pick(weathers)];
  switch (kind) {
    case 'kill owner':
      return { kind, flow };
    case 'freeze owner':
      return { kind, flow, forMs };
    case 'kill worker':
    case 'restart worker':
      return { kind, worker };
    case 'freeze worker':
    case 'isolate worker':
      return { kind, worker, forMs };
    case 'network':
      return { kind, worker, server, weather, forMs };
    case 'break connections':
      return { kind, worker, server };
    case 'kill server':
    case 'stop server':
      return { kind, server };
    case 'freeze server':
      return { kind, server, forMs };
  }
};

export const describeFault = (fault: Fault): string => {
  const words: string[] = [fault.kind];
  if ('flow' in fault) words.push(`of flow ${String(fault.flow)}`);
  if ('worker' in fault) words.push(`worker ${String(fault.worker)}`);
  if ('server' in fault) words.push(`${fault.kind === 'network' ? `${fault.weather} to ` : ''}${fault.server}`);
  if ('forMs' in fault) words.push(`for ${String(fault.forMs)} ms`);
  return words.join(' ');
};

/** The name under which the report counts it. */
export const countedAs = (fault: Fault): string => (fault.kind === 'network' ? `network ${fault.weather}` : fault.kind);

import type { Weather } from '../support/fault-proxy.ts';
import { Dice } from './dice.ts';

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

const kinds: readonly (readonly [Fault['kind'], number])[] = [
  ['kill owner', 8],
  ['kill worker', 3],
  ['freeze owner', 10],
  ['freeze worker', 4],
  ['restart worker', 4],
  ['network', 44],
  ['break connections', 10],
  ['isolate worker', 6],
  ['kill server', 5],
  ['stop server', 2],
  ['freeze server', 4],
];

const weathers: readonly Weather[] = ['cut', 'requests-cut', 'replies-cut', 'slow', 'lossy'];

/** The same seed and options give the same plan. */
export const planOf = (options: PlanOptions): readonly Step[] => {
  const dice = new Dice(options.seed);
  const steps: Step[] = [];
  let planned = 0;
  while (planned < options.faults) {
    const size = Math.min(dice.between(1, 3), options.faults - planned);
    steps.push(Array.from({ length: size }, () => fault(dice, options)));
    planned += size;
  }
  return steps;
};

/** Half of them shorter than a lease, half of them longer. */
const duration = (dice: Dice): number => (dice.next() < 0.5 ? dice.between(500, leaseMs - 1_000) : dice.between(leaseMs, leaseMs * 2));

const kindBy = (dice: Dice): Fault['kind'] => {
  let left = dice.next() * kinds.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [kind, weight] of kinds) {
    left -= weight;
    if (left < 0) return kind;
  }
  return 'network';
};

const fault = (dice: Dice, { servers, flows, workers }: PlanOptions): Fault => {
  const kind = kindBy(dice);
  // Drawn for every kind, so that plans stay alike when a kind changes.
  const [flow, worker, server] = [dice.between(0, flows - 1), dice.between(0, workers - 1), dice.oneOf(servers)];
  const [forMs, weather] = [duration(dice), dice.oneOf(weathers)];
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

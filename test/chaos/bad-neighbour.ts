import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../support/wait.ts';
import type { Ground, Owner } from './ground.ts';

/** How a task can be a burden for the ones beside it. */
export const vices = ['loop', 'heap', 'buffers'] as const;
type Vice = (typeof vices)[number];

/** What a task that never yields, or that grows, did to the flows beside it. Times in milliseconds. */
export interface BadNeighbour {
  readonly vice: Vice;
  /** From its start until it is FAILED. */
  readonly endedAfter: number;
  readonly trace: string;
  /** From commit to arrival, 99th percentile of all flows: before it, and from ten seconds after its start on. */
  readonly p99Before: number;
  readonly p99After: number;
  /** Tasks beside it that have another epoch than before: none may. */
  readonly moved: readonly string[];
}

/** What workers need to have such tasks; the times of the others are better taken without. */
export const roguePlugins = { HEADRACE_PLUGIN_PATH: join(import.meta.dirname, '../support/rogue') };

const windowMs = 10_000;

/** Times are the machine's as much as ours: a pause that nobody would notice is no trouble. */
const unnoticedMs = 50;

export const isBackInTime = ({ p99Before, p99After }: BadNeighbour): boolean => p99After <= Math.max(2 * p99Before, unnoticedMs);

export const neighbourLine = ({ vice, endedAfter, trace, p99Before, p99After, moved }: BadNeighbour): string =>
  `A task with ${vice} in excess was ended after ${(endedAfter / 1_000).toFixed(1)} s (${trace.split('\n')[0] ?? ''}); p99 beside it: ` +
  `${p99Before.toFixed(0)} ms before, ${p99After.toFixed(0)} ms from 10 s on; moved: ${moved.length === 0 ? 'nothing' : moved.join(', ')}`;

/** Adds a task with that vice to the cluster, and takes it away again. */
export const measureBadNeighbour = async (ground: Ground, vice: Vice): Promise<BadNeighbour> => {
  const name = `rogue-${vice}`;
  const p99Before = await p99(ground);
  const before = await epochs(ground);
  const startedAt = performance.now();
  await ground.product.rest.create(name, { 'connector.class': 'org.example.RogueSourceConnector', how: vice });
  const [{ endedAfter, trace }, p99After] = await Promise.all([
    ground.product.rest.failed(name).then((text) => ({ endedAfter: performance.now() - startedAt, trace: text })),
    sleep(windowMs).then(() => p99(ground)),
  ]);
  const after = await epochs(ground);
  const moved = [...before].filter(([unit, epoch]) => after.get(unit) !== epoch).map(([unit]) => unit);
  await ground.product.rest.call('DELETE', `/connectors/${name}`);
  await until(`${name} is gone`, async () => (await ground.product.rest.state(name)) === undefined, { withinMs: 30_000 });
  return { vice, endedAfter, trace, p99Before, p99After, moved };
};

/** 99th percentile of what arrives during one window. */
const p99 = async ({ flows }: Ground): Promise<number> => {
  for (const flow of flows) flow.takeLatencies();
  await sleep(windowMs);
  const sorted = flows.flatMap((flow) => flow.takeLatencies()).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)] ?? Infinity;
};

/** Of the flows' units, by name. */
const epochs = async (ground: Ground): Promise<ReadonlyMap<string, string>> => {
  const names = new Set(ground.flows.flatMap(({ units }) => units));
  const own = (await ground.cluster()).owners.filter(({ connector }) => names.has(connector));
  return new Map(own.map(({ connector, task, epoch }: Owner) => [`${connector} ${String(task ?? '-')}`, epoch]));
};

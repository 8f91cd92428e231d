import { setTimeout as sleep } from 'node:timers/promises';
import type { Orders } from '../sources/orders.ts';
import type { Latency } from '../workload.ts';

const changesPerSecond = 1_000;
const tickMs = 10;

/** Single-row transactions at an even pace. A tick's changes are on their way at once; the next tick waits for them. */
export const pace = async (orders: Orders, changes: number, signal: AbortSignal, onCommitted?: (id: number) => void): Promise<void> => {
  const perTick = (changesPerSecond * tickMs) / 1_000;
  const mark = async (): Promise<void> => {
    const id = await orders.mark();
    onCommitted?.(id);
  };
  const startedAt = performance.now();
  for (let tick = 0; tick * perTick < changes; tick += 1) {
    const count = Math.min(perTick, changes - tick * perTick);
    await Promise.all(Array.from({ length: count }, mark));
    const early = startedAt + (tick + 1) * tickMs - performance.now();
    if (early > 0) await sleep(early, undefined, { signal });
  }
};

export const percentiles = (micros: readonly number[]): Latency => {
  const ascending = micros.toSorted((a, b) => a - b);
  const at = (share: number): number => Number(((ascending[Math.floor((ascending.length - 1) * share)] ?? Number.NaN) / 1_000).toFixed(1));
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
};

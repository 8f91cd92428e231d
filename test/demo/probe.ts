import { setTimeout as sleep } from 'node:timers/promises';
import type { Flow } from './flows.ts';

export interface ProbeResult {
  /** Milliseconds from the commit at the source to the moment the row was seen in the target. */
  readonly latencies: readonly number[];
  /** Longest time between two arrivals after `since`, milliseconds. */
  longestGapAfter(since: number): number;
}

/** Commits a row every few milliseconds at the source and watches for it at the target, both with clients of its own. */
export class Probe {
  readonly #flow: Flow;
  readonly #table: string;
  readonly #committedAt = new Map<number, number>();
  readonly #arrivals: { readonly at: number; readonly latency: number }[] = [];
  #isOver = false;
  #lastId = 0;

  constructor(flow: Flow) {
    this.#flow = flow;
    this.#table = flow.targetTable('probes');
  }

  /** Runs until `stop`; `isMeasuring` false leaves the latency of that time out (the take-over has its own number). */
  async run(): Promise<void> {
    await Promise.all([this.#write(), this.#watch()]);
  }

  /** Commits one last row and resolves when it has arrived. */
  stop(): void {
    this.#isOver = true;
  }

  get result(): ProbeResult {
    const arrivals = this.#arrivals;
    return {
      latencies: arrivals.map(({ latency }) => latency),
      longestGapAfter: (since) => {
        const later = arrivals.map(({ at }) => at).filter((at) => at >= since);
        const before = arrivals.findLast(({ at }) => at < since)?.at ?? since;
        return later.reduce((longest, at, index) => Math.max(longest, at - (later[index - 1] ?? Math.max(before, since))), 0);
      },
    };
  }

  async #write(): Promise<void> {
    while (!this.#isOver) {
      const id = ++this.#lastId;
      await this.#flow.source.run(`INSERT INTO shop.probes (id, note) VALUES (${String(id)}, 'probe')`);
      this.#committedAt.set(id, performance.now());
      await sleep(20);
    }
  }

  async #watch(): Promise<void> {
    let seen = 0;
    while (!this.#isOver || seen < this.#lastId) {
      const rows = await this.#flow.target.rows(`SELECT id FROM ${this.#table} WHERE id > ${String(seen)} ORDER BY id`).catch(() => []);
      const at = performance.now();
      for (const { id } of rows) {
        seen = Number(id);
        const committedAt = this.#committedAt.get(seen);
        if (committedAt !== undefined) this.#arrivals.push({ at, latency: at - committedAt });
      }
      await sleep(4);
    }
  }
}

export const percentile = (values: readonly number[], p: number): number => {
  const ascending = values.toSorted((a, b) => a - b);
  return ascending[Math.min(ascending.length - 1, Math.floor((ascending.length * p) / 100))] ?? Number.NaN;
};

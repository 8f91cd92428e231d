// What the demo claims, and how it is proved: every row of both sides, read with clients of its own.
import { compareTable, type ComparedTable, type Comparison, type Difference } from '../support/compare.ts';
import { until } from '../support/wait.ts';
import type { Flow } from './flows.ts';
import type { ShopLoad } from './load.ts';
import { percentile, type Probe } from './probe.ts';
import { addedColumn, tables } from './shop.ts';

/** One direction with what changes and watches it. */
export interface Direction {
  readonly flow: Flow;
  readonly load: ShopLoad;
  readonly probe: Probe;
}

export interface Proof extends Direction {
  readonly comparison: Comparison;
}

const compared = (flow: Flow): readonly ComparedTable[] =>
  tables.map((table) => ({
    source: `shop.${table.name}`,
    target: flow.targetTable(table.name),
    key: table.key,
    columns: table.name === 'orders' ? [...table.columns, addedColumn] : table.columns,
  }));

export const compareFlow = async (flow: Flow): Promise<Comparison> => {
  let rows = 0;
  const differences: Difference[] = [];
  for (const table of compared(flow)) {
    const comparison = await compareTable(flow.source, flow.target, table);
    rows += comparison.rows;
    differences.push(...comparison.differences);
  }
  return { rows, differences };
};

/** Waits until both sides are equal, or as long as anyone would wait. */
export const settle = async (flow: Flow): Promise<void> => {
  const isEqual = async (): Promise<boolean> => (await compareFlow(flow)).differences.length === 0;
  await until(`${flow.title}: source and target are equal`, isEqual, { withinMs: 60_000, everyMs: 500 }).catch(() => undefined);
};

export const printProofs = (proofs: readonly Proof[], seconds: number, killedAt: number): void => {
  const line = (name: string, cell: (proof: Proof) => string): string =>
    `${name.padEnd(34)}${proofs.map((proof) => cell(proof).padStart(34)).join('')}`;
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  console.log(
    [
      '',
      line('', ({ flow }) => flow.title),
      line('rows compared', ({ comparison }) => String(comparison.rows)),
      line('live changes', ({ load }) => String(load.changes)),
      line('changes per second', ({ load }) => (load.changes / seconds).toFixed(0)),
      line('commit to target, p50', ({ probe }) => ms(percentile(probe.result.latencies, 50))),
      line('commit to target, p99', ({ probe }) => ms(percentile(probe.result.latencies, 99))),
      line('longest gap after SIGKILL', ({ probe }) => `${(probe.result.longestGapAfter(killedAt) / 1_000).toFixed(1)} s`),
      line('differences found', ({ comparison }) => String(comparison.differences.length)),
      '',
    ].join('\n'),
  );
  for (const { flow, comparison } of proofs) {
    for (const { table, key, what } of comparison.differences.slice(0, 10)) console.log(`${flow.title}: ${table} ${key}: ${what}`);
  }
};

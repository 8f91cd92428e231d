import { neighbourLine, type BadNeighbour } from './bad-neighbour.ts';
import { killTable } from './kill-table.ts';
import type { PlannedRestart } from './planned-restart.ts';
import type { TakeOver } from './take-over.ts';

export interface ChaosReport {
  readonly seed: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly takeOvers: readonly TakeOver[];
  readonly restarts: readonly PlannedRestart[];
  readonly neighbours: readonly BadNeighbour[];
  readonly commits: number;
  readonly events: number;
  readonly repeats: number;
  /** Of the machine, over its last five minutes: above 1 the times say as much about it as about the product. */
  readonly loadPerCpu: number;
  /** Sentences; none: everything held. */
  readonly violations: readonly string[];
  /** What came right, but later than our bars: the machine has a share in that. */
  readonly delays: readonly string[];
}

export const gapBarMs = 2_000;

const seconds = (ms: number): string => (ms / 1_000).toFixed(2);

export const restartLine = ({ worker, gaps, errors }: PlannedRestart): string => {
  const perFlow = [...gaps].map(([flow, ms]) => `${flow} ${seconds(ms)} s`).join(', ');
  return `Planned restart of ${worker}: widest gaps ${perFlow}; ${String(errors.length)} lines of error`;
};

const restartLines = (restarts: readonly PlannedRestart[]): readonly string[] => {
  if (restarts.length === 0) return [];
  const gaps = restarts.map((restart) => Math.max(...restart.gaps.values()));
  const narrow = gaps.filter((gap) => gap <= gapBarMs).length;
  return [
    `Workers restarted as for an upgrade: ${String(restarts.length)}, every gap within ${seconds(gapBarMs)} s: ${String(narrow)}`,
    ...restarts.map((restart) => `  ${restartLine(restart)}`),
  ];
};

const faultLines = (faults: ReadonlyMap<string, number>): readonly string[] =>
  [...faults].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([kind, count]) => `  ${kind.padEnd(32)} ${String(count).padStart(5)}`);

export const reportText = (report: ChaosReport): string => {
  const { seed, faults, takeOvers, restarts, commits, events, repeats, violations, delays, neighbours } = report;
  const total = [...faults.values()].reduce((sum, count) => sum + count, 0);
  const lines = [
    `Seed ${String(seed)}: ${String(total)} faults under load, ${String(commits)} commits, ${String(events)} events, ${String(repeats)} repeats`,
    ...faultLines(faults),
    ...killTable(takeOvers),
    ...restartLines(restarts),
    ...neighbours.map((neighbour) => neighbourLine(neighbour)),
    `Load of the machine: ${report.loadPerCpu.toFixed(1)} for each CPU`,
    violations.length === 0 ? 'Nothing was lost, doubled, reordered or overwritten.' : `VIOLATIONS: ${String(violations.length)}`,
    ...violations.slice(0, 50).map((violation) => `  ${violation}`),
    ...(delays.length === 0 ? [] : [`LATE: ${String(delays.length)}`, ...delays.slice(0, 50).map((delay) => `  ${delay}`)]),
  ];
  return lines.join('\n');
};

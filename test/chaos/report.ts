import type { PlannedRestart } from './planned-restart.ts';
import type { TakeOver } from './take-over.ts';

export interface ChaosReport {
  readonly seed: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly takeOvers: readonly TakeOver[];
  readonly restarts: readonly PlannedRestart[];
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

/** The default lease plus 2 s. */
export const takeOverBarMs = 7_000;
export const gapBarMs = 2_000;

const seconds = (ms: number): string => (ms / 1_000).toFixed(2);

const spread = (values: readonly number[]): string => {
  const sorted = values.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return `min ${seconds(sorted[0] ?? 0)}, median ${seconds(median)}, max ${seconds(sorted.at(-1) ?? 0)} s`;
};

export const takeOverLine = ({ flow, lease, assignment, start, record }: TakeOver): string =>
  `${flow}: lease over ${seconds(lease)}, assigned ${seconds(assignment)}, started ${seconds(start)}, first new record ${seconds(record)} s`;

export const restartLine = ({ worker, gaps, errors }: PlannedRestart): string => {
  const perFlow = [...gaps].map(([flow, ms]) => `${flow} ${seconds(ms)} s`).join(', ');
  return `Planned restart of ${worker}: widest gaps ${perFlow}; ${String(errors.length)} lines of error`;
};

const takeOverLines = (takeOvers: readonly TakeOver[]): readonly string[] => {
  if (takeOvers.length === 0) return [];
  const inTime = takeOvers.filter(({ record }) => record <= takeOverBarMs).length;
  return [
    `Owners killed: ${String(takeOvers.length)}, taken over within ${seconds(takeOverBarMs)} s: ${String(inTime)}`,
    `  lease over        ${spread(takeOvers.map(({ lease }) => lease))}`,
    `  assigned          ${spread(takeOvers.map(({ assignment }) => assignment))}`,
    `  started           ${spread(takeOvers.map(({ start }) => start))}`,
    `  first new record  ${spread(takeOvers.map(({ record }) => record))}`,
  ];
};

export const reportText = (report: ChaosReport): string => {
  const { seed, faults, takeOvers, restarts, commits, events, repeats, violations, delays } = report;
  const total = [...faults.values()].reduce((sum, count) => sum + count, 0);
  const lines = [
    `Seed ${String(seed)}: ${String(total)} faults under load, ${String(commits)} commits, ${String(events)} events, ${String(repeats)} repeats`,
    ...[...faults].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([kind, count]) => `  ${kind.padEnd(24)} ${String(count).padStart(5)}`),
    ...takeOverLines(takeOvers),
    ...restarts.map(restartLine),
    `Load of the machine: ${report.loadPerCpu.toFixed(1)} for each CPU`,
    violations.length === 0 ? 'Nothing was lost, doubled, reordered or overwritten.' : `VIOLATIONS: ${String(violations.length)}`,
    ...violations.slice(0, 50).map((violation) => `  ${violation}`),
    ...(delays.length === 0 ? [] : [`LATE: ${String(delays.length)}`, ...delays.slice(0, 50).map((delay) => `  ${delay}`)]),
  ];
  return lines.join('\n');
};

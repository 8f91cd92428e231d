import type { TakeOver } from './take-over.ts';

/** The default lease plus 2 s. */
export const takeOverBarMs = 7_000;

const columns = ['lease', 'assignment', 'start', 'first new record', 'total'] as const;

type Durations = readonly number[];

/** How long each step took after the one before, and all of them. A record may be there before its task was seen RUNNING. */
const durations = ({ lease, assignment, start, record }: TakeOver): Durations => {
  const started = Math.min(start, record);
  return [lease, assignment - lease, Math.max(0, started - assignment), record - started, record];
};

const seconds = (ms: number): string => (ms / 1_000).toFixed(2);

const row = (number: string, title: string, cells: readonly string[]): string =>
  [number.padStart(6), title.padEnd(34), ...cells.map((cell, index) => cell.padStart(Math.max(columns[index]?.length ?? 0, 6)))].join('  ');

const rowOf = (number: string, title: string, values: Durations): string => row(number, title, values.map(seconds));

/** The value at that share of each column, from the smallest (0) to the largest (1). */
const quantile = (rows: readonly Durations[], share: number): Durations =>
  columns.map((_, column) => {
    const sorted = rows.map((values) => values[column] ?? 0).toSorted((a, b) => a - b);
    return sorted[Math.round((sorted.length - 1) * share)] ?? 0;
  });

/** One line for each kill and what they have in common; nothing without kills. */
export const killTable = (takeOvers: readonly TakeOver[]): readonly string[] => {
  if (takeOvers.length === 0) return [];
  const rows = takeOvers.map(durations);
  const inTime = takeOvers.filter(({ record }) => record <= takeOverBarMs).length;
  return [
    `Owners killed: ${String(takeOvers.length)}, taken over within ${seconds(takeOverBarMs)} s: ${String(inTime)}. Seconds of each step:`,
    row('kill', 'flow', columns),
    ...rows.map((values, index) => rowOf(String(index + 1), takeOvers[index]?.flow ?? '', values)),
    rowOf('', 'least', quantile(rows, 0)),
    rowOf('', 'median', quantile(rows, 0.5)),
    rowOf('', 'most', quantile(rows, 1)),
  ];
};

export const takeOverLine = (takeOver: TakeOver): string =>
  `${takeOver.flow}: ${durations(takeOver)
    .map((ms, index) => `${columns[index] ?? ''} ${seconds(ms)}`)
    .join(', ')} s`;

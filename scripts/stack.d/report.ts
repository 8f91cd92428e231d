import type { ServiceStatus } from './runner.ts';
import type { Report } from './types.ts';

export function reporter(name: string): Report {
  return (line) => {
    process.stdout.write(`${name.padEnd(9)} ${line}\n`);
  };
}

const columns = ['NAME', 'STATE', 'PID', 'PORT', 'VERSION', 'RSS'] as const;

export function statusTable(statuses: readonly ServiceStatus[]): string {
  const rows = statuses.map(({ name, state, pid, port, version, rssBytes }) => [
    name,
    state,
    String(pid ?? '-'),
    String(port),
    version ?? '-',
    rssBytes === undefined ? '-' : `${String(Math.round(rssBytes / 1_048_576))} MB`,
  ]);
  const table = [[...columns], ...rows];
  const widths = columns.map((_, index) => Math.max(...table.map((row) => row[index]?.length ?? 0)));
  return table
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

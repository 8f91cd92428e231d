import { SourceRows } from './source-rows.ts';
import type { Naming, Workload } from './workload.ts';

const sides = ['debtors', 'creditors'] as const;

/** Transfers of 1 from an account of one table to one of another: the sum of all stays, and each moves one account of both. */
export const bankTransfers = (accounts: number): Workload => {
  const source = new SourceRows({ debtors: ['id', 'balance', 'moves'], creditors: ['id', 'balance', 'moves'] });
  for (let id = 0; id < accounts; id += 1) for (const side of sides) source.write(side, { id, balance: 100, moves: 0 });
  const initial = source.commit();
  let transfers = 0;
  const move = (side: string, id: number, amount: number): void => {
    source.write(side, { id, balance: source.number(side, id, 'balance') + amount, moves: source.number(side, id, 'moves') + 1 });
  };
  const sum = (column: string, table: string): string => `(SELECT sum(${column}) FROM ${table})`;
  return {
    columns: source.columns,
    ddl: (name: Naming) => sides.map((side) => `CREATE TABLE ${name(side)} (id int PRIMARY KEY, balance int, moves int)`),
    initial,
    next: () => {
      move('debtors', transfers % accounts, -1);
      move('creditors', (transfers * 5 + 1) % accounts, 1);
      transfers += 1;
      return source.commit();
    },
    invariant: (name) =>
      `SELECT ${sum('balance', name('debtors'))} + ${sum('balance', name('creditors'))} AS total,
        ${sum('moves', name('debtors'))} - ${sum('moves', name('creditors'))} AS one_sided`,
    expected: { total: String(accounts * 200), one_sided: '0' },
    progress: (name) => `SELECT sum(moves) AS progress FROM ${name('debtors')}`,
    rows: () => source.all(),
  };
};

import { parseArgs } from 'node:util';

export const usage = `Usage: ./scripts/demo [--stay] [--sabotage lost|changed|swapped] [--seconds N]

Starts the servers and three workers, copies a shop from PostgreSQL to MariaDB and another from MariaDB to PostgreSQL
through Kafka under live changes and an ALTER TABLE, kills a worker in the middle, and compares both copies row by row.
Exit codes: 0 everything equal, 1 something differs or failed, 2 usage.

  --stay       leave everything running and print the addresses
  --sabotage   spoil one row of a copy before the comparison, which then has to exit 1
  --seconds    length of the live part (default 30)`;

export type Sabotage = 'lost' | 'changed' | 'swapped';

export interface DemoOptions {
  readonly isStaying: boolean;
  readonly sabotage: Sabotage | undefined;
  readonly seconds: number;
}

const isSabotage = (value: string): value is Sabotage => ['lost', 'changed', 'swapped'].includes(value);

/** Throws with the sentence to print when the words are not understood. */
export const parseOptions = (words: readonly string[]): DemoOptions => {
  const { values } = parseArgs({
    args: [...words],
    options: { stay: { type: 'boolean', default: false }, sabotage: { type: 'string' }, seconds: { type: 'string', default: '30' } },
  });
  const { sabotage } = values;
  const seconds = Number(values.seconds);
  if (sabotage !== undefined && !isSabotage(sabotage)) throw new Error(`--sabotage takes lost, changed or swapped, not "${sabotage}".`);
  if (!Number.isFinite(seconds) || seconds < 5 || seconds > 3_600) throw new Error(`--seconds takes 5 to 3600, not "${values.seconds}".`);
  return { isStaying: values.stay, sabotage, seconds };
};

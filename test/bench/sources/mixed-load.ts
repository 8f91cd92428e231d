import { changesPerTransaction } from './orders.ts';
import type { SourceDatabase } from './source-database.ts';

const transactionsPerRequest = 20;

/** The mixed load, each transaction on the next of the tables. Returns the number of changes, `changes` rounded up. */
export const writeMix = async ({ database, tables }: SourceDatabase, changes: number, signal: AbortSignal): Promise<number> => {
  const transactions = Math.ceil(changes / changesPerTransaction);
  for (let first = 0; first < transactions; first += transactionsPerRequest) {
    signal.throwIfAborted();
    const count = Math.min(transactionsPerRequest, transactions - first);
    const numbers = Array.from({ length: count }, (_, index) => first + index);
    const statements = numbers.map((number) => tables[number % tables.length]?.transaction(1 + Math.floor(number / tables.length)) ?? '');
    await database.run(statements.join(';'));
  }
  return transactions * changesPerTransaction;
};

import type { Change } from './capture-run.ts';
import type { TestDatabase } from './test-database.ts';

/** A table as the events say it is: the last event of each key counts. */
export const replay = (changes: readonly Change[], table: string): Map<number, unknown> => {
  const rows = new Map<number, unknown>();
  for (const change of changes) {
    if (change.table !== table) continue;
    if (change.op === 'd') rows.delete(Number(change.key?.['id']));
    else rows.set(Number(change.key?.['id']), change.after?.['v']);
  }
  return rows;
};

/** The same of the table itself: columns id and v. */
export const actual = async (db: TestDatabase, table: string): Promise<Map<number, unknown>> =>
  new Map((await db.sql(`SELECT id, v FROM ${table} ORDER BY id`)).map((row) => [Number(row['id']), row['v']]));

/** Keys whose value went backwards; values only grow. Deleting starts a key over. */
export const backwards = (changes: readonly Change[]): readonly unknown[] => {
  const seen = new Map<string, number>();
  return changes.filter((change) => {
    const key = `${change.table}/${String(change.key?.['id'])}`;
    const value = Number(change.after?.['v'] ?? change.before?.['v']);
    const former = seen.get(key) ?? -1;
    seen.set(key, Math.max(former, value));
    return value < former;
  });
};

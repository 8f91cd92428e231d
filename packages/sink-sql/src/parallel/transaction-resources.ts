import type { PendingRecord } from '../apply/pending-record.ts';
import { UNAVAILABLE, type Change, type ChangeValue } from '../record/change.ts';
import type { RowResource } from '../table/table.ts';

/**
 * What a transaction has in common with others: rows it changes, unique values it takes, rows its foreign keys need. Two
 * transactions that share one, where at least one of them changes it, keep their order.
 */
export interface TransactionResources {
  readonly changed: ReadonlySet<string>;
  readonly needed: ReadonlySet<string>;
  /** It changes rows that no record names (a truncated table, a cascade): nothing may be under way beside it. */
  readonly isExclusive: boolean;
}

export const resourcesOf = (records: readonly PendingRecord[]): TransactionResources => {
  const changed = new Set<string>();
  const needed = new Set<string>();
  let isExclusive = false;
  for (const { change } of records) {
    if (change === null) continue;
    if (change.kind === 'truncate') isExclusive = true;
    else {
      isExclusive ||= change.kind === 'delete' && change.shape.isCascading;
      collect(change.shape.resources, change, changed);
      collect(change.shape.references, change, needed);
    }
  }
  return { changed, needed, isExclusive };
};

/** A value that was not sent did not change; a key with null in it meets no other. */
const collect = (resources: readonly RowResource[], { values }: Exclude<Change, { kind: 'truncate' }>, into: Set<string>): void => {
  for (const { name, indexes } of resources) {
    const found = indexes.map((index): ChangeValue | undefined => values[index]);
    if (found.every((value) => value !== null && value !== undefined && value !== UNAVAILABLE))
      into.add(JSON.stringify([name, ...found.map(String)]));
  }
};

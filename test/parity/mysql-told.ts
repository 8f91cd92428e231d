import type { PlainRecord, Told } from './compare-records.ts';

/**
 * Takes out what has no order, or no meaning, in what the peer tells: it begins a transaction with each statement of DDL on
 * MariaDB that it never ends, and names the tables of a statement in the order of a hash set.
 */
export const comparableOnMysql = (told: Told): Told =>
  new Map(
    [...told].map(([topic, records]): [string, readonly PlainRecord[]] => {
      if (topic === 'PREFIX.transaction') return [topic, records.filter(isEnded)];
      return [topic, topic === 'PREFIX' ? records.map(withOrderedTables) : records];
    }),
  );

interface Transaction {
  readonly status: string;
  readonly id: string;
}

interface SchemaChange {
  readonly source: { readonly table: string | null };
}

const isEnded = ({ value }: PlainRecord, index: number, all: readonly PlainRecord[]): boolean => {
  const { status, id } = value as Transaction;
  const next = all[index + 1]?.value as Transaction | undefined;
  return status === 'END' || (next?.status === 'END' && next.id === id);
};

const withOrderedTables = (record: PlainRecord): PlainRecord => {
  const value = record.value as SchemaChange;
  const table = value.source.table?.split(',').toSorted().join(',') ?? null;
  return { ...record, value: { ...value, source: { ...value.source, table } } };
};

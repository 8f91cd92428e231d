import { primitive, type SinkRecord } from '@headrace/connector-api';
import type { RowChange, Workload } from '@headrace/testkit';
import { TableEvents } from './records.ts';
import { inTransaction, TransactionTopic } from './transactions.ts';

/** A workload as a source tells it. */
export interface RecordedWorkload {
  readonly topics: readonly string[];
  /** Records of a snapshot. */
  readonly snapshot: readonly SinkRecord[];
  readonly changes: readonly SinkRecord[];
}

/** So many transactions of a workload; `topicOf`: of a table. */
export const recorded = (workload: Workload, transactions: number, topicOf: (table: string) => string): RecordedWorkload => {
  const tables = new Map(
    [...workload.columns].map(([table, columns]) => [
      table,
      new TableEvents({ topic: topicOf(table), key: columns.slice(0, 1), columns: columns.map((name) => [name, primitive('int32')]) }),
    ]),
  );
  const eventsOf = ({ table }: RowChange): TableEvents => {
    const events = tables.get(table);
    if (events === undefined) throw new RangeError(`There is no table ${table}.`);
    return events;
  };
  const boundaries = new TransactionTopic(topicOf('tx'));
  const snapshot = workload.initial.map((change) => eventsOf(change).event('r', change.row));
  const changes = Array.from({ length: transactions }, (_, number) => {
    const id = `${String(number + 1)}:1`;
    const made = workload.next().map((change, index) => {
      const record = change.kind === 'insert' ? eventsOf(change).create(change.row) : eventsOf(change).update(change.row);
      return inTransaction(record, id, index + 1);
    });
    return [boundaries.begin(id), ...made, boundaries.end(id, made.length)];
  }).flat();
  return { topics: [...workload.columns.keys(), 'tx'].map(topicOf), snapshot, changes };
};

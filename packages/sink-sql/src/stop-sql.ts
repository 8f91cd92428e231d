import type { PartitionPosition } from '@headrace/connector-api';
import type { SqlStatement } from './dialect/session.ts';
import type { PositionScope } from './position-sql.ts';

/** Whose rows of the table of stopped keys are meant. */
export type StopScope = PositionScope;

/** A key, or a table (`key` null), of which a row was refused, and the record that it was. */
export interface StoppedRow {
  readonly id: string;
  readonly table: string;
  readonly key: string | null;
  readonly place: PartitionPosition;
}

/** Statements of the table of stopped keys. */
export interface StopSql {
  create(scope: StopScope): SqlStatement;
  /** One row (`stopped_id`) for each. */
  read(scope: StopScope): SqlStatement;
  /** Leaves one that is there already as it is. */
  insert(scope: StopScope, row: StoppedRow): SqlStatement;
}

/** What a row of the table holds, in the order of its columns. */
export const stoppedValues = ({ cluster, connector }: StopScope, { id, table, key, place }: StoppedRow): (string | null)[] => [
  ...[cluster, connector, id, table, key],
  ...[place.topic, String(place.partition), String(place.offset)],
];

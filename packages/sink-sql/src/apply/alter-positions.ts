import type { PositionAlteration } from '@headrace/connector-api';
import { isHeadraceError } from '@headrace/foundation';
import type { ConnectionTarget } from '../connection-target.ts';
import type { Dialect } from '../dialect/dialect.ts';
import type { SqlSession } from '../dialect/session.ts';
import { failureOf } from '../failure.ts';
import { laneRows, type PositionScope } from '../position-sql.ts';
import { createPositionTable } from './positions.ts';

export interface AlteredTarget {
  readonly dialect: Dialect;
  readonly target: ConnectionTarget;
  /** Name of the position table. */
  readonly table: string;
}

/**
 * Changes the positions of a stopped connector in one transaction. Its rows are deleted and made anew without an owner, so
 * that a task that was thought dead finds none of its epoch and is refused.
 */
export const alterSqlPositions = async (
  { dialect, target, table }: AlteredTarget,
  { clusterId, connector, positions }: PositionAlteration,
  signal: AbortSignal,
): Promise<void> => {
  try {
    await using session = await dialect.connect(target, `${connector}-offsets`, signal);
    const scope: PositionScope = {
      table: `${dialect.quote(session.defaultSchema)}.${dialect.quote(table)}`,
      cluster: clusterId,
      connector,
    };
    await createPositionTable({ dialect, session, table, scope }, signal);
    await rewrite({ dialect, session, scope }, positions, signal);
  } catch (error) {
    if (signal.aborted || isHeadraceError(error)) throw error;
    throw failureOf(dialect, error, `changing the positions in table ${table}`);
  }
};

interface OpenTable {
  readonly dialect: Dialect;
  readonly session: SqlSession;
  readonly scope: PositionScope;
}

const rewrite = async (
  { dialect, session, scope }: OpenTable,
  positions: PositionAlteration['positions'],
  signal: AbortSignal,
): Promise<void> => {
  const kept = (positions ?? []).flatMap(({ topic, partition, offset }) => (offset === null ? [] : [{ topic, partition, offset }]));
  // What lanes have applied is told relative to the positions of before.
  const forgotten = positions === undefined ? undefined : [...positions, ...laneRows];
  await session.query({ text: 'BEGIN' }, signal);
  await session.query(dialect.positions.forget(scope, forgotten), signal);
  if (kept.length > 0) await session.query(dialect.positions.insert(scope, kept), signal);
  await session.query({ text: 'COMMIT' }, signal);
};

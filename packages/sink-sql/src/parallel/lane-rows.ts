import type { PartitionPosition, SinkTaskContext } from '@headrace/connector-api';
import { FencedError, isHeadraceError } from '@headrace/foundation';
import { extendPositionTable, Positions } from '../apply/positions.ts';
import type { Dialect } from '../dialect/dialect.ts';
import type { SqlSession } from '../dialect/session.ts';
import { errors } from '../errors.ts';
import { failureOf } from '../failure.ts';
import { laneRows, type PositionScope } from '../position-sql.ts';
import { AppliedAbove } from './applied-above.ts';

/**
 * The lanes' rows in the position table, one each, under a topic that no topic of Kafka can be called: the fence of a lane's
 * transactions and what they have applied above the low-water mark, stored by the same statement.
 */
export class LaneRows {
  readonly #dialect: Dialect;
  readonly #context: SinkTaskContext;
  readonly #table: string;
  readonly #all: Positions;

  constructor(dialect: Dialect, context: SinkTaskContext, table: string) {
    this.#dialect = dialect;
    this.#context = context;
    this.#table = table;
    this.#all = new Positions(dialect, { ...context, partitions: laneRows }, table);
  }

  /** Ends the sessions of all former lanes; resolves with what they have applied above these positions, by lane. */
  async takeOver(session: SqlSession, positions: readonly PartitionPosition[], signal: AbortSignal): Promise<readonly AppliedAbove[]> {
    await this.#all.takeOver(session, signal);
    const scope = this.#scope(session);
    try {
      await extendPositionTable({ dialect: this.#dialect, session, table: this.#table, scope }, signal);
      const { rows } = await session.query(this.#dialect.positions.readAbove(scope), signal);
      const stored = new Map(rows.map((row) => [Number(row['partition_number']), row['applied_above'] ?? null]));
      return laneRows.map(({ partition }) => {
        const above = AppliedAbove.parse(stored.get(partition) ?? null);
        above.forgetBelow(positions);
        return above;
      });
    } catch (error) {
      if (signal.aborted || isHeadraceError(error)) throw error;
      throw failureOf(this.#dialect, error, `reading what is applied in table ${this.#table}`);
    }
  }

  /** Makes the session the one that writes for a lane. */
  async claim(session: SqlSession, lane: number, signal: AbortSignal): Promise<void> {
    const partitions = laneRows.slice(lane, lane + 1);
    await new Positions(this.#dialect, { ...this.#context, partitions }, this.#table).claim(session, signal);
  }

  /** The first statement of a lane's transaction: FencedError unless its row is still ours. */
  async record(session: SqlSession, lane: number, above: string, signal: AbortSignal): Promise<void> {
    const { id, epoch } = this.#context;
    const statement = this.#dialect.positions.recordAbove(this.#scope(session), epoch, { lane, above });
    if ((await session.query(statement, signal)).count === 1) return;
    throw new FencedError(
      errors.stale_owner.code,
      `Task ${String(id.task)} of connector "${id.connector}" is owned by a newer epoch in table "${this.#table}".`,
    );
  }

  #scope(session: SqlSession): PositionScope {
    const { quote } = this.#dialect;
    const { clusterId: cluster, id } = this.#context;
    return { table: `${quote(session.defaultSchema)}.${quote(this.#table)}`, cluster, connector: id.connector };
  }
}

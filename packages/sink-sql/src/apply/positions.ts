import {
  compareEpochs,
  type OwnershipEpoch,
  type PartitionPosition,
  type SinkTaskContext,
  type TopicPartition,
} from '@headrace/connector-api';
import { FencedError, isHeadraceError, RetriableError, systemCode } from '@headrace/foundation';
import type { Dialect } from '../dialect/dialect.ts';
import type { SqlSession } from '../dialect/session.ts';
import { errors } from '../errors.ts';
import { failureOf } from '../failure.ts';
import type { PositionScope } from '../position-sql.ts';

/** How long a former session may take to end once it was told to. */
const END_MS = 4_000;
const POLL_MS = 20;

interface StoredPosition extends TopicPartition {
  readonly epoch: OwnershipEpoch;
  readonly nextOffset: bigint | undefined;
  readonly token: string;
}

export type PositionContext = Pick<SinkTaskContext, 'clusterId' | 'clock' | 'confirmOwnership' | 'epoch' | 'id' | 'partitions'>;

/**
 * The task's rows in the target's position table: the fence and the offsets, in one row per partition, so that rows of a stale
 * owner and rows applied twice are refused by the same statement.
 *
 * Taking over, in this order: 1. read the rows; a newer epoch there: fenced. 2. Sessions named in them, of former owners
 * or of ourselves before a broken connection, are ended once the cluster has confirmed that the task is ours: whatever
 * they had open is rolled back, or was committed. 3. One transaction writes our epoch and session and reads the offsets.
 */
export class Positions {
  readonly #dialect: Dialect;
  readonly #context: PositionContext;
  readonly #table: string;

  constructor(dialect: Dialect, context: PositionContext, table: string) {
    this.#dialect = dialect;
    this.#context = context;
    this.#table = table;
  }

  /** Resolves with the stored offsets when no former session can write any more. */
  async takeOver(session: SqlSession, signal: AbortSignal): Promise<readonly PartitionPosition[]> {
    const { partitions } = this.#context;
    if (partitions.length === 0) return [];
    try {
      await createPositionTable({ dialect: this.#dialect, session, table: this.#table, scope: this.#scope(session) }, signal);
      await this.#endFormerSessions(session, await this.#read(session, signal), signal);
      return await this.#take(session, signal);
    } catch (error) {
      if (signal.aborted || isHeadraceError(error)) throw error;
      throw failureOf(this.#dialect, error, `taking the positions in table ${this.#table}`);
    }
  }

  /** The transaction's first statement: FencedError unless every partition is still ours. Rejects with the driver's error. */
  async advance(session: SqlSession, positions: readonly PartitionPosition[], signal: AbortSignal): Promise<void> {
    const statement = this.#dialect.positions.advance(this.#scope(session), this.#context.epoch, positions);
    const { count } = await session.query(statement, signal);
    if (count !== positions.length) throw this.#fenced();
  }

  /** Makes the session the one that writes, where the rows are ours already: the sessions named in them are not ended. */
  async claim(session: SqlSession, signal: AbortSignal): Promise<void> {
    try {
      await this.#take(session, signal);
    } catch (error) {
      if (signal.aborted || isHeadraceError(error)) throw error;
      throw failureOf(this.#dialect, error, `taking the positions in table ${this.#table}`);
    }
  }

  #scope(session: SqlSession): PositionScope {
    const { quote } = this.#dialect;
    return {
      table: `${quote(session.defaultSchema)}.${quote(this.#table)}`,
      cluster: this.#context.clusterId,
      connector: this.#context.id.connector,
    };
  }

  async #read(session: SqlSession, signal: AbortSignal): Promise<readonly StoredPosition[]> {
    const { rows } = await session.query(this.#dialect.positions.read(this.#scope(session), this.#context.partitions), signal);
    const stored = rows.map((row): StoredPosition => {
      const offset = row['next_offset'] ?? null;
      return {
        topic: row['topic'] ?? '',
        partition: Number(row['partition_number']),
        epoch: { incarnation: Number(row['epoch_incarnation']), revision: BigInt(row['epoch_revision'] ?? '0') },
        nextOffset: offset === null ? undefined : BigInt(offset),
        token: row['session_token'] ?? '',
      };
    });
    if (stored.some(({ epoch }) => compareEpochs(epoch, this.#context.epoch) > 0)) throw this.#fenced();
    return stored;
  }

  async #endFormerSessions(session: SqlSession, stored: readonly StoredPosition[], signal: AbortSignal): Promise<void> {
    const { clock, confirmOwnership } = this.#context;
    const tokens = [...new Set(stored.map(({ token }) => token))].filter((token) => token !== session.token && token !== '');
    if (tokens.length === 0) return;
    let live = await this.#live(session, tokens, signal);
    if (live.length === 0) return;
    if (!(await confirmOwnership(signal))) throw this.#fenced();
    const deadline = clock.monotonic() + END_MS;
    for (const sessionId of live) await this.#end(session, sessionId, signal);
    while ((live = await this.#live(session, tokens, signal)).length > 0) {
      if (clock.monotonic() > deadline) {
        throw new RetriableError(errors.conflict.code, `Session ${live.join(', ')} of the former owner does not end. It is tried again.`);
      }
      await clock.sleep(POLL_MS, signal);
    }
  }

  async #live(session: SqlSession, tokens: readonly string[], signal: AbortSignal): Promise<string[]> {
    const { rows } = await session.query(this.#dialect.positions.liveSessions(tokens), signal);
    return rows.map((row) => row['session_id'] ?? '');
  }

  async #end(session: SqlSession, sessionId: string, signal: AbortSignal): Promise<void> {
    try {
      await session.query(this.#dialect.positions.endSession(sessionId), signal);
    } catch (error) {
      // It may have ended by itself; whether it has is asked next.
      if (signal.aborted || session.isBroken || this.#dialect.diagnose(error).diagnosis === 'privilege') throw error;
    }
  }

  async #take(session: SqlSession, signal: AbortSignal): Promise<readonly PartitionPosition[]> {
    const { epoch, partitions } = this.#context;
    const owner = { epoch, token: session.token };
    await session.query({ text: 'BEGIN' }, signal);
    await session.query(this.#dialect.positions.take(this.#scope(session), owner, partitions), signal);
    const stored = await this.#read(session, signal);
    await session.query({ text: 'COMMIT' }, signal);
    if (stored.length !== partitions.length) throw this.#fenced();
    return stored.flatMap(({ topic, partition, nextOffset }) =>
      nextOffset === undefined ? [] : [{ topic, partition, offset: nextOffset }],
    );
  }

  #fenced(): FencedError {
    const { connector, task } = this.#context.id;
    return new FencedError(
      errors.stale_owner.code,
      `Task ${String(task)} of connector "${connector}" is owned by a newer epoch in table "${this.#table}".`,
    );
  }
}

export interface PositionTable {
  readonly dialect: Dialect;
  readonly session: SqlSession;
  readonly table: string;
  readonly scope: PositionScope;
}

/** Adds the lanes' column to a position table that was made without it. Rejects with the driver's error. */
export const extendPositionTable = async ({ dialect, session, table, scope }: PositionTable, signal: AbortSignal): Promise<void> => {
  const known = await dialect.readTable(session, { schema: session.defaultSchema, name: table }, signal);
  if (known?.columns.has('applied_above') === true) return;
  try {
    await session.query(dialect.positions.extend(scope), signal);
  } catch (error) {
    if (dialect.diagnose(error).diagnosis !== 'exists') throw error;
  }
};

/** Creates the position table where it is missing. Rejects with the driver's error. */
export const createPositionTable = async ({ dialect, session, table, scope }: PositionTable, signal: AbortSignal): Promise<void> => {
  const known = await dialect.readTable(session, { schema: session.defaultSchema, name: table }, signal);
  if (known !== null) return;
  try {
    await session.query(dialect.positions.create(scope), signal);
  } catch (error) {
    // Another task created it in the same moment (23505: PostgreSQL's IF NOT EXISTS lost the race).
    if (dialect.diagnose(error).diagnosis !== 'exists' && systemCode(error) !== '23505') throw error;
  }
};

import { hasCode } from '@headrace/foundation';
import { withoutChanges, type BatchCommitter } from '../apply/batch-committer.ts';
import type { PendingRecord } from '../apply/pending-record.ts';
import type { SqlSession } from '../dialect/session.ts';
import { errors } from '../errors.ts';
import type { AppliedAbove } from './applied-above.ts';
import type { CommitOrder, Entry } from './commit-order.ts';
import type { LaneRows } from './lane-rows.ts';

export interface LaneParts {
  readonly lane: number;
  readonly committer: BatchCommitter;
  readonly rows: LaneRows;
  readonly order: CommitOrder;
  /** What the lane has applied above the low-water mark so far. */
  readonly above: AppliedAbove;
  /** Records in one transaction, about. */
  readonly batchSize: number;
  /** Opens the lane's own session. */
  readonly connect: (signal: AbortSignal) => Promise<SqlSession>;
  readonly done: (entries: readonly Entry[]) => void;
  /** The lane has ended with this error. */
  readonly failed: (error: unknown) => void;
}

/** Applies the transactions it is given in their order, several in one commit, beside other lanes. */
export class Lane implements AsyncDisposable {
  readonly #parts: LaneParts;
  readonly #signal: AbortSignal;
  readonly #queue: Entry[] = [];
  #backlog = 0;
  #running: Promise<void> | undefined;
  #session: SqlSession | undefined;

  constructor(parts: LaneParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
  }

  /** Records it has been given and has not applied. */
  get backlog(): number {
    return this.#backlog;
  }

  give(entry: Entry): void {
    this.#queue.push(entry);
    this.#backlog += entry.transaction.records.length;
    this.#running ??= this.#run();
  }

  forgetBelow(positions: Parameters<AppliedAbove['forgetBelow']>[0]): void {
    this.#parts.above.forgetBelow(positions);
  }

  /** Ends when what it does has ended; its signal is to be aborted before. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running;
    await this.#session?.[Symbol.asyncDispose]();
  }

  async #run(): Promise<void> {
    try {
      // What is given in this turn of the event loop is taken together.
      await Promise.resolve();
      this.#session ??= await this.#open();
      while (this.#queue.length > 0) await this.#apply(this.#session, this.#next());
    } catch (error) {
      this.#parts.failed(error);
      return;
    }
    this.#running = undefined;
  }

  async #open(): Promise<SqlSession> {
    const session = await this.#parts.connect(this.#signal);
    await this.#parts.rows.claim(session, this.#parts.lane, this.#signal);
    return session;
  }

  #next(): readonly Entry[] {
    let count = 0;
    const end = this.#queue.findIndex(({ transaction }, index) => {
      count += transaction.records.length;
      return index > 0 && count > this.#parts.batchSize;
    });
    return this.#queue.splice(0, end < 0 ? this.#queue.length : end);
  }

  /**
   * When the target refuses a row, or another transaction is in the way, the group is halved; a transaction that stands alone
   * waits for all before it, in case it needs what another lane has not applied yet (a foreign key, a unique value).
   */
  async #apply(session: SqlSession, group: readonly Entry[]): Promise<void> {
    const refusal = await this.#tried(session, group);
    if (refusal === undefined) return;
    const [only, ...others] = group;
    if (only === undefined) return;
    if (others.length === 0) {
      await this.#applyInTurn(session, only);
      return;
    }
    const middle = Math.ceil(group.length / 2);
    await this.#apply(session, group.slice(0, middle));
    await this.#apply(session, group.slice(middle));
  }

  /** As `#commit`; a conflict counts as a refusal. */
  async #tried(session: SqlSession, group: readonly Entry[]): Promise<unknown> {
    try {
      return await this.#commit(session, group, false);
    } catch (error) {
      if (hasCode(error, errors.conflict.code) && !session.isBroken) return error;
      throw error;
    }
  }

  async #applyInTurn(session: SqlSession, entry: Entry): Promise<void> {
    const { order, committer } = this.#parts;
    while (!order.isOldest(entry)) await order.progress(this.#signal);
    const refusal = await this.#commit(session, [entry], true);
    if (refusal === undefined) return;
    await committer.rejectAll(entry.transaction.records, refusal);
    await this.#commit(session, [entry], false, withoutChanges(entry.transaction.records));
  }

  async #commit(
    session: SqlSession,
    group: readonly Entry[],
    isOneByOne: boolean,
    records: readonly PendingRecord[] = group.flatMap(({ transaction }) => transaction.records),
  ): Promise<unknown> {
    const { committer, rows, lane, above, done } = this.#parts;
    const ends = group.flatMap(({ transaction: { end } }) => (end === undefined ? [] : [end]));
    const text = above.text(ends);
    const fence = (fenced: SqlSession, signal: AbortSignal): Promise<void> => rows.record(fenced, lane, text, signal);
    const refusal = await committer.commit({ session, records, fence, isOneByOne }, this.#signal);
    if (refusal !== undefined) return refusal;
    above.add(ends);
    for (const { transaction } of group) this.#backlog -= transaction.records.length;
    done(group);
    return undefined;
  }
}

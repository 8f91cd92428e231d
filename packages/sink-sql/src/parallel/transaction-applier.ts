import type { PartitionPosition } from '@headrace/connector-api';
import { Stopped } from '@headrace/foundation';
import type { AppliedPositions } from '../apply/applied-positions.ts';
import type { Applier } from '../apply/applier.ts';
import { withoutChanges } from '../apply/batch-committer.ts';
import type { WholeTransaction } from '../apply/transaction-assembly.ts';
import type { SqlSession } from '../dialect/session.ts';
import { AppliedAbove } from './applied-above.ts';
import { CommitOrder, type Entry } from './commit-order.ts';
import { Lane, type LaneParts } from './lane.ts';
import { LaneChoice } from './lane-choice.ts';
import type { LaneRows } from './lane-rows.ts';
import { resourcesOf } from './transaction-resources.ts';

export interface TransactionApplierOptions extends Pick<LaneParts, 'committer' | 'batchSize' | 'connect'> {
  readonly applier: Applier;
  readonly applied: AppliedPositions;
  readonly rows: LaneRows;
  /** Transactions that may be under way at once; 1: one after the other, in the task's own session. */
  readonly lanes: number;
  readonly onApplied: (records: number) => void;
}

/** Lanes at work, until one of them fails or their task connects anew. */
interface Crew {
  readonly lanes: readonly Lane[];
  readonly choice: LaneChoice;
  readonly controller: AbortController;
}

/**
 * Applies whole source transactions: those that touch related rows in the order of their commits, others in parallel, each
 * lane in a session of its own. What is applied is known by two things, each stored in the commit that makes it true: the
 * low-water mark (the task's positions; all transactions before it are applied) and the ENDs above it (the lanes' rows).
 * Records outside of transactions (a snapshot's rows) are applied alone, between what came before and what comes after.
 */
export class TransactionApplier implements AsyncDisposable {
  readonly #options: TransactionApplierOptions;
  readonly #order = new CommitOrder();
  /** Not handed to a lane yet. */
  #todo: WholeTransaction[] = [];
  /** Handed to lanes that are no more. */
  #again: Entry[] = [];
  #stored: readonly AppliedAbove[] = [];
  #above = new AppliedAbove();
  #crew: Crew | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: TransactionApplierOptions) {
    this.#options = options;
  }

  /** A lane has failed: the task is to connect anew. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** After the task's positions were taken over: learns what the lanes' last commits have left. */
  async takeOver(session: SqlSession, positions: readonly PartitionPosition[], signal: AbortSignal): Promise<void> {
    const { applied, rows } = this.#options;
    await this.#endCrew();
    this.#stored = await rows.takeOver(session, positions, signal);
    this.#above = new AppliedAbove();
    for (const above of this.#stored) this.#above.addAll(above);
    const isApplied = ({ end, records }: WholeTransaction): boolean =>
      (end !== undefined && this.#above.has(end)) || records.every(({ record }) => applied.includes(record.original));
    this.#todo = this.#todo.filter((transaction) => !isApplied(transaction));
    this.#order.done(this.#order.pending.filter(({ transaction }) => isApplied(transaction)));
    this.#again = [...this.#order.pending];
  }

  /** Resolves when all of them are on their way: `drain` tells when they are applied. Those of a failed attempt come first. */
  async apply(session: SqlSession, transactions: readonly WholeTransaction[], signal: AbortSignal): Promise<void> {
    this.#todo.push(...transactions.map((transaction) => this.#unlessApplied(transaction)));
    for (let entry = this.#again[0]; entry !== undefined; entry = this.#again[0]) {
      await this.#dispatch(entry, signal);
      this.#again.shift();
    }
    await this.#storeLowWater(session, signal);
    for (let next = this.#todo[0]; next !== undefined; next = this.#todo[0]) {
      if (next.end === undefined || this.#options.lanes === 1) {
        await this.#applySerially(session, signal);
        continue;
      }
      const entry: Entry = { transaction: next, resources: resourcesOf(next.records), isDone: false };
      this.#todo.shift();
      this.#order.add(entry);
      await this.#dispatch(entry, signal);
    }
  }

  /** Resolves when everything is applied and the low-water mark says so. */
  async drain(session: SqlSession, signal: AbortSignal): Promise<void> {
    this.#check();
    while (this.#order.backlog > 0) {
      await this.#order.progress(signal);
      this.#check();
    }
    await this.#storeLowWater(session, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endCrew();
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Its records still have to be passed by the positions. */
  #unlessApplied(transaction: WholeTransaction): WholeTransaction {
    const { end, records } = transaction;
    return end !== undefined && this.#above.has(end) ? { ...transaction, records: withoutChanges(records) } : transaction;
  }

  async #applySerially(session: SqlSession, signal: AbortSignal): Promise<void> {
    const { applier, batchSize, lanes, onApplied } = this.#options;
    await this.drain(session, signal);
    let count = 0;
    const end = this.#todo.findIndex((transaction, index) => {
      count += transaction.records.length;
      return index > 0 && (count > batchSize || (lanes > 1 && transaction.end !== undefined));
    });
    const run = end < 0 ? [...this.#todo] : this.#todo.slice(0, end);
    await applier.applyWhole(session, run, signal);
    this.#todo.splice(0, run.length);
    onApplied(run.reduce((sum, { records }) => sum + records.length, 0));
  }

  async #dispatch(entry: Entry, signal: AbortSignal): Promise<void> {
    for (let isGiven = false; !isGiven;) {
      this.#check();
      this.#crew ??= this.#newCrew();
      isGiven = this.#give(this.#crew, entry);
      if (!isGiven) await this.#order.progress(signal);
    }
    while (entry.resources.isExclusive && !entry.isDone) {
      await this.#order.progress(signal);
      this.#check();
    }
  }

  /** False when it has to wait for others, or for room. */
  #give({ lanes, choice }: Crew, entry: Entry): boolean {
    if (entry.resources.isExclusive && !this.#order.isOldest(entry)) return false;
    const chosen = choice.choose(entry.resources);
    if (chosen.kind === 'wait') return false;
    const number = chosen.kind === 'lane' ? chosen.lane : idlest(lanes);
    const lane = lanes[number];
    if (lane === undefined || lane.backlog > 2 * this.#options.batchSize) return false;
    choice.given(entry, number);
    lane.give(entry);
    return true;
  }

  async #storeLowWater(session: SqlSession, signal: AbortSignal): Promise<void> {
    const { reached } = this.#order;
    if (reached.length === 0) return;
    await this.#options.applier.store(session, reached, signal);
    this.#order.stored(reached);
    for (const lane of this.#crew?.lanes ?? []) lane.forgetBelow(reached);
  }

  #newCrew(): Crew {
    const { lanes: count, onApplied, ...shared } = this.#options;
    const controller = new AbortController();
    const choice = new LaneChoice();
    const lanes = Array.from({ length: count }, (_, lane) => {
      const parts: LaneParts = {
        ...shared,
        lane,
        order: this.#order,
        above: this.#stored[lane] ?? new AppliedAbove(),
        done: (entries) => {
          choice.done(entries);
          this.#order.done(entries);
          onApplied(entries.reduce((sum, { transaction }) => sum + transaction.records.length, 0));
        },
        failed: (error) => {
          this.#failure ??= { error };
          this.#order.wake();
        },
      };
      return new Lane(parts, controller.signal);
    });
    return { lanes, choice, controller };
  }

  async #endCrew(): Promise<void> {
    const crew = this.#crew;
    this.#crew = undefined;
    crew?.controller.abort(new Stopped('done'));
    await Promise.all((crew?.lanes ?? []).map((lane) => lane[Symbol.asyncDispose]()));
    this.#failure = undefined;
  }
}

const idlest = (lanes: readonly Lane[]): number => {
  let found = 0;
  lanes.forEach(({ backlog }, number) => {
    if (backlog < (lanes[found]?.backlog ?? 0)) found = number;
  });
  return found;
};

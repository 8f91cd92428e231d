import { hasReaction, Scope, toError, Wakeup, type Clock, type Logger, type Meter, type Service } from '@headrace/foundation';
import type { Comparison, CoordinationStore, Operation, TopicAdmin, Transaction } from '@headrace/ports';
import { wakeWithin } from '../wake-within.ts';
import type { ClusterReplica } from '../store/cluster-replica.ts';
import type { Keyspace } from '../store/keyspace.ts';
import { codecs } from '../store/values.ts';
import type { Session } from '../worker/session.ts';
import { assignmentChanges, type AssignmentChange } from './assignment-plan.ts';
import { fenceWaiting } from './fencing.ts';
import { leftovers } from './leftovers.ts';

export interface LeaderOptions {
  readonly clusterId: string;
  readonly session: Session;
  readonly store: CoordinationStore;
  readonly keys: Keyspace;
  readonly replica: ClusterReplica;
  readonly topicAdmin: TopicAdmin;
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter: Meter;
  /** How long earlier tasks may take to end by themselves before they are fenced. */
  readonly fenceGraceMs: number;
  /** How often what nobody needs any more is deleted. */
  readonly sweepMs: number;
}

/** Operations of one transaction, at most; etcd takes 128. */
const MAX_OPERATIONS = 100;
const RETRY_MS = 500;
const REBALANCES = 'kafka_connect_connect_worker_rebalance_metrics_';
const MOVES_KEPT = 100;
const IDLE_MS = 5_000;

/**
 * Stands for election on every worker and does the leader's work while elected: assigns units, fences what is gone,
 * sweeps. Every write compares the creation of the leader key, so that whoever was the leader changes nothing.
 */
export class Leader implements Service {
  readonly name = 'leader';
  readonly #options: LeaderOptions;
  readonly #wakeup = new Wakeup();
  readonly #fenceWakeup = new Wakeup();
  readonly #fencesSeen = new Map<string, { readonly modRevision: bigint; readonly at: number }>();
  #isResigned = false;
  /** Revision of our last change of the assignment: what is older than that says nothing new. */
  #assignedAt = 0n;
  /** Monotonic time of our last change of the assignment. */
  #rebalancedAt: number | undefined;

  constructor(options: LeaderOptions) {
    this.#options = options;
    options.meter.add(`${REBALANCES}completed_rebalances_total`, 0);
  }

  /** Creation revision of our leader key; undefined when another, or nobody, leads. */
  get term(): bigint | undefined {
    const { replica, session } = this.#options;
    const { leader } = replica.model;
    return leader?.session === session.leaseId ? leader.createRevision : undefined;
  }

  /** Gives the lead away before the worker leaves, so that another spreads its units while it stops them. */
  async resign(signal: AbortSignal): Promise<void> {
    this.#isResigned = true;
    const { store, keys } = this.#options;
    const { term } = this;
    if (term !== undefined)
      await store.transact({ if: [{ key: keys.leader, createRevision: term }], then: [{ delete: keys.leader }] }, signal);
  }

  async run(signal: AbortSignal): Promise<void> {
    await using scope = new Scope(signal);
    const unsubscribe = this.#options.replica.onChange(() => {
      this.#wakeup.wake();
      this.#fenceWakeup.wake();
    });
    scope.spawn('assignment', (child) => this.#repeat(this.#wakeup, child, () => this.#assign(child)));
    scope.spawn('fencing', (child) => this.#repeat(this.#fenceWakeup, child, () => this.#fence(child)));
    scope.spawn('sweep', (child) => this.#sweepForever(child));
    try {
      await scope.done();
    } finally {
      unsubscribe();
    }
  }

  /** After every change of the cluster, and now and then: watches are hints. */
  async #repeat(wakeup: Wakeup, signal: AbortSignal, act: () => Promise<number>): Promise<void> {
    const { clock, log, replica } = this.#options;
    while (!signal.aborted) {
      let waitMs = RETRY_MS;
      try {
        waitMs = replica.isEmpty ? RETRY_MS : await act();
      } catch (error) {
        signal.throwIfAborted();
        if (!hasReaction(error, 'retry')) throw error;
        log.warn('The leader could not do its work; trying again.', { error: toError(error).message });
      }
      await wakeWithin(clock, waitMs, wakeup, signal);
    }
  }

  async #assign(signal: AbortSignal): Promise<number> {
    const { clock, keys, log, meter, replica } = this.#options;
    if (replica.model.leader === undefined && !this.#isResigned) await this.#elect(signal);
    if (this.term === undefined || replica.model.revision < this.#assignedAt) return IDLE_MS;
    const changes = assignmentChanges(keys, replica.model);
    if (this.#rebalancedAt !== undefined) {
      meter.set(`${REBALANCES}time_since_last_rebalance_ms`, clock.monotonic() - this.#rebalancedAt);
    }
    if (changes.length === 0) return IDLE_MS;
    const startedAt = clock.monotonic();
    await this.#writeAll(changes, signal);
    this.#rebalancedAt = clock.monotonic();
    const ms = this.#rebalancedAt - startedAt;
    log.info('Units are assigned.', { changes: changes.length, ms: Math.round(ms) });
    meter.add(`${REBALANCES}completed_rebalances_total`, 1);
    meter.observe(`${REBALANCES}rebalance_{}_time_ms`, ms);
    meter.set(`${REBALANCES}time_since_last_rebalance_ms`, 0);
    for (const { move } of changes) if (move !== undefined) meter.add('headrace_cluster_moves_total', 1, { reason: move.reason });
    return IDLE_MS;
  }

  async #elect(signal: AbortSignal): Promise<void> {
    const { store, keys, session, log } = this.#options;
    const { workerId, leaseId, memberRevision } = session;
    const value = codecs.leader.encode({ workerId, session: leaseId });
    const result = await store.transact(
      {
        if: [
          { key: keys.leader, exists: false },
          { key: keys.member(workerId), createRevision: memberRevision },
        ],
        then: [{ put: keys.leader, value, leaseId }],
      },
      signal,
    );
    if (result.isApplied) log.info('This worker leads the cluster.', { term: String(result.revision) });
  }

  async #fence(signal: AbortSignal): Promise<number> {
    const { clusterId, clock, fenceGraceMs, keys, log, replica, store, topicAdmin } = this.#options;
    if (this.term === undefined) return IDLE_MS;
    const write = async (then: readonly Operation[], guard: Comparison): Promise<void> => {
      await this.#write({ if: [guard], then }, signal);
    };
    return fenceWaiting({ clusterId, clock, fenceGraceMs, keys, log, replica, store, topicAdmin, write, seen: this.#fencesSeen }, signal);
  }

  async #sweepForever(signal: AbortSignal): Promise<void> {
    const { clock, log, sweepMs } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(sweepMs, signal);
      if (this.#options.replica.isEmpty || this.term === undefined) continue;
      try {
        for (const removal of await leftovers(this.#options, signal)) await this.#write(removal, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!hasReaction(error, 'retry')) throw error;
        log.debug('The sweep is put off.', { error: toError(error).message });
      }
    }
  }

  /** In parts: each unit's place is a fact of its own. What moved is told in the same step. */
  async #writeAll(changes: readonly AssignmentChange[], signal: AbortSignal): Promise<void> {
    const { clock, keys, store } = this.#options;
    const entry = await store.get(keys.moves, signal);
    let moves = entry === null ? [] : codecs.moves.decode(entry).moves;
    for (let from = 0; from < changes.length; from += MAX_OPERATIONS) {
      const part = changes.slice(from, from + MAX_OPERATIONS);
      const at = clock.now();
      moves = [...moves, ...part.flatMap(({ unit, move }) => (move === undefined ? [] : [{ ...unit, ...move, at }]))].slice(-MOVES_KEPT);
      const journal = { put: keys.moves, value: codecs.moves.encode({ moves }) };
      const revision = await this.#write({ if: [], then: [...part.map(({ operation }) => operation), journal] }, signal);
      this.#assignedAt = revision ?? this.#assignedAt;
    }
  }

  /** The revision it made; undefined when the term is over or another comparison failed. */
  async #write(transaction: Transaction, signal: AbortSignal): Promise<bigint | undefined> {
    const { store, keys } = this.#options;
    const { term } = this;
    if (term === undefined) return undefined;
    const guarded = { ...transaction, if: [{ key: keys.leader, createRevision: term }, ...transaction.if] };
    const result = await store.transact(guarded, signal);
    return result.isApplied ? result.revision : undefined;
  }
}

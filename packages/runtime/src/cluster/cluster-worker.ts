import {
  Backoff,
  hasReaction,
  isAbort,
  Scope,
  Stopped,
  toError,
  withDeadline,
  type Clock,
  type Logger,
  type Meter,
  type Service,
} from '@headrace/foundation';
import type { CoordinationStore, RenewLease, TaskHost, TopicAdmin } from '@headrace/ports';
import type { PluginRegistry } from '../plugins/plugin-registry.ts';
import type { ResolveConfig } from '../task/session/resolve-placeholders.ts';
import { LoadBoard } from './load/load-board.ts';
import { Leader } from './leader/leader.ts';
import type { ClusterModel } from './store/cluster-model.ts';
import { ClusterReplica } from './store/cluster-replica.ts';
import type { Keyspace } from './store/keyspace.ts';
import { StatusRepository, type StatusReport } from './store/status-repository.ts';
import type { WorkerSettings } from './worker-settings.ts';
import { LeaseKeeper } from './worker/lease-keeper.ts';
import { Membership, type Joined } from './worker/membership.ts';
import { Presence } from './worker/presence.ts';
import { NoticeBoard } from './messages/notice-board.ts';
import { Ownership } from './worker/ownership.ts';
import { Reconciler } from './worker/reconciler.ts';
import type { Session } from './worker/session.ts';
import { StartTurns } from './worker/start-turns.ts';
import { StatusWriter } from './worker/status-writer.ts';
import { TopicReach } from './worker/topic-reach.ts';
import { TopicLedger } from './worker/topic-ledger.ts';

export interface ClusterWorkerOptions {
  readonly store: CoordinationStore;
  readonly keys: Keyspace;
  readonly clusterId: string;
  readonly workerId: string;
  readonly restUrl: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter: Meter;
  readonly plugins: PluginRegistry;
  readonly taskHost: TaskHost;
  readonly topicAdmin: TopicAdmin;
  readonly tracksTopics: boolean;
  readonly resolveConfig: ResolveConfig;
  readonly renewLease: RenewLease;
  readonly settings: Required<WorkerSettings>;
}

/** Part of the lease during which unfenced tasks have to stop. */
const MARGIN = 0.3;
const LEAVE_MS = 2_000;

interface Stay {
  readonly session: Session;
  readonly replica: ClusterReplica;
  readonly lease: LeaseKeeper;
  readonly presence: Presence;
  readonly statuses: StatusWriter;
  readonly topics: TopicLedger;
  readonly notices: NoticeBoard;
  readonly loads: LoadBoard;
  readonly reconciler: Reconciler;
  readonly leader: Leader;
}

/**
 * A worker's life in the cluster: joins, runs what it is given, leads when elected; starts over with a new lease when it
 * lost its own. When aborted it leaves in order: gives the lead away, lets its tasks drain while others take each one as
 * it ends, and gives its lease back.
 */
export class ClusterWorker implements Service {
  readonly name = 'cluster worker';
  readonly #options: ClusterWorkerOptions;
  readonly #membership: Membership;
  #isDraining = false;
  #isReady = false;
  #replica: ClusterReplica | undefined;
  #statuses: StatusWriter | undefined;

  constructor(options: ClusterWorkerOptions) {
    this.#options = options;
    this.#membership = new Membership({ ...options, leaseTtlMs: options.settings.leaseTtlMs });
  }

  /** It is a member and knows the cluster's state. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** The cluster as this worker knows it; undefined while it is out of it. For telling, never for deciding. */
  get model(): ClusterModel | undefined {
    return this.#replica?.isEmpty === false ? this.#replica.model : undefined;
  }

  /** This worker's units as it last said they are. */
  get units(): readonly StatusReport[] {
    return this.#statuses?.latest() ?? [];
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    const backoff = new Backoff(clock, { initialMs: 100, maxMs: 5_000 });
    while (!signal.aborted) {
      try {
        const joined = await this.#membership.join(signal);
        log.info('Joined group', { lease: joined.session.leaseId });
        backoff.reset();
        await this.#stay(joined, signal);
      } catch (error) {
        if (isAbort(error)) return;
        if (!isPassing(error)) throw error;
        log.warn('This worker is out of the cluster and joins again.', { error: toError(error).message });
        await backoff.wait(signal).catch(() => undefined);
      } finally {
        this.#isReady = false;
        this.#replica = undefined;
        this.#statuses = undefined;
      }
    }
  }

  /** From joining until the lease is lost (rejects) or the worker has left (resolves). */
  async #stay({ session, grantedAt }: Joined, signal: AbortSignal): Promise<void> {
    const stay = this.#open(session, grantedAt);
    this.#replica = stay.replica;
    this.#statuses = stay.statuses;
    // Not a child of `signal`: what runs must go on while it drains.
    const { signal: untilLeft } = new AbortController();
    await using scope = new Scope(untilLeft);
    const unsubscribe = stay.replica.onChange(() => {
      if (!this.#isReady && !this.#isDraining) {
        this.#options.log.info('Starting connectors and tasks using config offset', { offset: String(stay.replica.model.revision) });
      }
      this.#isReady = !this.#isDraining;
    });
    for (const service of [
      stay.lease,
      stay.replica,
      stay.presence,
      stay.statuses,
      stay.topics,
      stay.notices,
      stay.loads,
      stay.reconciler,
      stay.leader,
    ]) {
      scope.spawn(service.name, (child) => service.run(child));
    }
    scope.spawn('departure', async (child) => {
      await aborted(signal, child);
      await this.#leave(stay, child);
      scope.abort(new Stopped('shutdown'));
    });
    try {
      await scope.done();
    } finally {
      unsubscribe();
    }
    if (signal.aborted) await this.#giveBack(session);
  }

  async #leave({ session, leader, reconciler }: Stay, signal: AbortSignal): Promise<void> {
    const { clock, log, settings } = this.#options;
    this.#isDraining = true;
    this.#isReady = false;
    try {
      await withDeadline(clock, LEAVE_MS, signal, async (child) => {
        await leader.resign(child);
        await this.#membership.drain(session, child);
      });
    } catch (error) {
      signal.throwIfAborted();
      log.warn('The cluster could not be told that this worker leaves; it will notice.', { error: toError(error).message });
    }
    reconciler.wake();
    if (!(await reconciler.stopped(settings.drainMs, signal))) log.warn('Some tasks did not stop in time and are ended by force.');
    await reconciler.released(LEAVE_MS, signal);
  }

  async #giveBack(session: Session): Promise<void> {
    const { clock, log } = this.#options;
    try {
      await withDeadline(clock, LEAVE_MS, new AbortController().signal, (child) => this.#membership.leave(session, child));
    } catch (error) {
      log.warn('The lease could not be given back; it ends by itself.', { error: toError(error).message });
    }
  }

  #open(session: Session, grantedAt: number): Stay {
    const { store, keys, settings, clock } = this.#options;
    const replica = new ClusterReplica({ ...this.#options, rereadMs: settings.rereadMs });
    const lease = new LeaseKeeper({
      ...this.#options,
      leaseId: session.leaseId,
      grantedAt,
      ttlMs: settings.leaseTtlMs,
      marginMs: settings.leaseTtlMs * MARGIN,
      outageMaxMs: settings.outageMaxMs,
    });
    const statuses = new StatusWriter({ ...this.#options, clock, statuses: new StatusRepository(store, keys) });
    const topics = new TopicLedger({ ...this.#options, replica });
    const notices = new NoticeBoard(this.#options);
    const loads = new LoadBoard({ ...this.#options, replica, intervalMs: settings.loadIntervalMs });
    const reconciler = new Reconciler({
      ...this.#options,
      session,
      replica,
      lease,
      statuses,
      topics,
      notices,
      loads,
      ownership: new Ownership(store, keys, session, clock),
      reach: new TopicReach(store, keys),
      taskStopMs: settings.taskStopMs,
      topicsRefreshMs: settings.topicsRefreshMs,
      turns: new StartTurns({ clock, limit: settings.startsAtOnce }),
      isDraining: () => this.#isDraining,
    });
    const leader = new Leader({ ...this.#options, session, replica, fenceGraceMs: settings.taskStopMs + 1_000, sweepMs: settings.sweepMs });
    const presence = new Presence({ session, replica, membership: this.#membership });
    return { session, replica, lease, presence, statuses, topics, notices, loads, reconciler, leader };
  }
}

/** Out of the cluster, but nothing is broken. Several parts may notice at once. */
const isPassing = (error: unknown): boolean => {
  const { errors } = error as { readonly errors?: unknown };
  if (Array.isArray(errors)) return errors.every(isPassing);
  return hasReaction(error, 'retry') || hasReaction(error, 'fenced');
};

/** Resolves when `awaited` aborts; rejects when `signal` does. */
const aborted = (awaited: AbortSignal, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const settle = (): void => {
      awaited.removeEventListener('abort', settle);
      signal.removeEventListener('abort', settle);
      if (awaited.aborted) resolve();
      else reject(signal.reason as Error);
    };
    awaited.addEventListener('abort', settle);
    signal.addEventListener('abort', settle);
    if (awaited.aborted || signal.aborted) settle();
  });

import type { Clock, Logger, Meter } from '@headrace/foundation';
import type { CoordinationStore, TaskHost, TopicAdmin } from '@headrace/ports';
import type { PluginRegistry } from '../../plugins/plugin-registry.ts';
import type { ResolveConfig } from '../../task/session/resolve-placeholders.ts';
import type { LoadBoard } from '../load/load-board.ts';
import type { ClusterReplica } from '../store/cluster-replica.ts';
import type { Keyspace } from '../store/keyspace.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import type { NoticeBoard } from '../messages/notice-board.ts';
import type { Ownership } from './ownership.ts';
import type { Session } from './session.ts';
import type { TopicReach } from './topic-reach.ts';
import type { StartTurns } from './start-turns.ts';
import type { StatusWriter } from './status-writer.ts';
import type { TopicLedger } from './topic-ledger.ts';

/** What the units of one session share. */
export interface UnitContext {
  readonly clusterId: string;
  readonly session: Session;
  readonly store: CoordinationStore;
  readonly keys: Keyspace;
  readonly replica: ClusterReplica;
  readonly lease: LeaseKeeper;
  readonly ownership: Ownership;
  readonly reach: TopicReach;
  readonly statuses: StatusWriter;
  readonly topics: TopicLedger;
  readonly notices: NoticeBoard;
  readonly loads: LoadBoard;
  readonly turns: StartTurns;
  readonly plugins: PluginRegistry;
  readonly taskHost: TaskHost;
  readonly topicAdmin: TopicAdmin;
  /** Puts secrets in the place of placeholders. */
  readonly resolveConfig: ResolveConfig;
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter: Meter;
  /** How long a task may take to drain when it is told to stop. */
  readonly taskStopMs: number;
  /** How often the partitions of a sink's topics are looked up again. */
  readonly topicsRefreshMs: number;
  /** This worker is leaving: nothing is wanted here any more. */
  isDraining(): boolean;
}

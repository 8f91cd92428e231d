/** Times and bounds of a worker in the cluster, each with its default. All but the lease TTL concern this worker alone. */
export interface WorkerSettings {
  /** How long a worker may be silent before others take its units. At least 2,000 on etcd. Default 5,000. */
  readonly leaseTtlMs?: number;
  /** `coordination.outage.max.ms`: how long tasks with a fenced target go on without the store. Default 600,000. */
  readonly outageMaxMs?: number;
  /** `task.shutdown.graceful.timeout.ms`: how long one task may take to drain. Default 5,000. */
  readonly taskStopMs?: number;
  /** How long all of them together may take when the worker stops. Default 30,000. */
  readonly drainMs?: number;
  /** How often the partitions of sinks' topics are looked up. Default 2,000. */
  readonly topicsRefreshMs?: number;
  /** How often the cluster's state is read anew. Default 30,000. */
  readonly rereadMs?: number;
  /** `load.interval.ms`: how often what tasks move is looked at. Default 60,000. */
  readonly loadIntervalMs?: number;
  /** How often the leader deletes leftovers. Default 60,000. */
  readonly sweepMs?: number;
  /** Tasks that may be starting at once. Default 8; a process knows better what its processors bear. */
  readonly startsAtOnce?: number;
}

export const DEFAULT_SETTINGS: Required<WorkerSettings> = {
  leaseTtlMs: 5_000,
  outageMaxMs: 600_000,
  taskStopMs: 5_000,
  drainMs: 30_000,
  topicsRefreshMs: 2_000,
  rereadMs: 30_000,
  loadIntervalMs: 60_000,
  sweepMs: 60_000,
  startsAtOnce: 8,
};

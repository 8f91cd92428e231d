import type { Clock } from '@headrace/foundation';
import type { TaskSpec } from '@headrace/ports';
import type { ClusterOwner } from '@headrace/runtime';
import { gauge, type MetricStore, type Sample } from './metric-store.ts';
import { pluginInfo, type PluginSources } from './plugin-info.ts';

export type TaskPhase = 'unassigned' | 'running' | 'paused' | 'failed' | 'restarting' | 'destroyed';

const phases: readonly TaskPhase[] = ['running', 'paused', 'failed', 'unassigned', 'restarting', 'destroyed'];

interface TaskRecord {
  readonly connector: string;
  readonly task: string;
  readonly info: readonly Sample[];
  phase: TaskPhase;
  since: number;
  runningMs: number;
  pausedMs: number;
}

const WORKER = 'kafka_connect_connect_worker_metrics_';
const TASK = 'kafka_connect_connector_task_metrics_';

/** The states of this worker's tasks as metrics: status, ratios of time, counts by connector, starts. */
export class UnitStates {
  readonly #clock: Clock;
  readonly #store: MetricStore;
  readonly #sources: PluginSources;
  readonly #tasks = new Map<string, TaskRecord>();

  constructor(clock: Clock, store: MetricStore, sources: PluginSources) {
    this.#clock = clock;
    this.#store = store;
    this.#sources = sources;
    for (const outcome of ['attempts', 'success', 'failure']) {
      for (const unit of ['connector', 'task']) store.add(`${WORKER}${unit}_startup_${outcome}_total`, 0);
    }
  }

  started(spec: TaskSpec): void {
    const { id } = spec;
    this.#store.add(`${WORKER}task_startup_attempts_total`, 1);
    const known = this.#tasks.get(keyOf(id));
    const record: TaskRecord = {
      ...{ connector: id.connector, task: String(id.task), info: pluginInfo(spec, this.#sources) },
      ...{ phase: 'unassigned', since: this.#clock.monotonic() },
      ...{ runningMs: known?.runningMs ?? 0, pausedMs: known?.pausedMs ?? 0 },
    };
    this.#tasks.set(keyOf(id), record);
  }

  became({ id }: TaskSpec, phase: TaskPhase): void {
    const record = this.#tasks.get(keyOf(id));
    if (record === undefined) return;
    if (record.phase === 'unassigned' && phase !== 'unassigned') {
      this.#store.add(`${WORKER}task_startup_${phase === 'failed' ? 'failure' : 'success'}_total`, 1);
    }
    this.#settle(record);
    record.phase = phase;
  }

  /** Drops what this worker does not own any more, here and in the store. */
  keep(owned: readonly ClusterOwner[]): void {
    const keys = new Set(owned.map(keyOf));
    for (const key of this.#tasks.keys()) if (!keys.has(key)) this.#tasks.delete(key);
    this.#store.forget(
      ({ connector, task }) => connector !== undefined && task !== undefined && !this.#tasks.has(keyOf({ connector, task })),
    );
  }

  samples(): readonly Sample[] {
    const records = [...this.#tasks.values()];
    const perTask = records.flatMap((record) => this.#ofTask(record));
    const perConnector = [...Map.groupBy(records, ({ connector }) => connector)].flatMap(([connector, tasks]) => [
      gauge(`${WORKER}connector_total_task_count`, tasks.length, { connector }),
      ...phases.map((phase) =>
        gauge(`${WORKER}connector_${phase}_task_count`, tasks.filter((task) => task.phase === phase).length, { connector }),
      ),
    ]);
    return [gauge(`${WORKER}task_count`, records.length), ...perConnector, ...perTask];
  }

  #ofTask(record: TaskRecord): readonly Sample[] {
    this.#settle(record);
    const { connector, task, phase, info, runningMs, pausedMs } = record;
    const labels = { connector, task };
    const total = Math.max(1, runningMs + pausedMs);
    return [
      gauge(`${TASK}status`, 1, { ...labels, status: phase }),
      ...info,
      gauge(`${TASK}running_ratio`, phase === 'failed' ? 0 : runningMs / total, labels),
      gauge(`${TASK}pause_ratio`, phase === 'failed' ? 0 : pausedMs / total, labels),
    ];
  }

  /** Adds the time since the last look to the phase it was spent in. */
  #settle(record: TaskRecord): void {
    const now = this.#clock.monotonic();
    if (record.phase === 'running') record.runningMs += now - record.since;
    if (record.phase === 'paused') record.pausedMs += now - record.since;
    record.since = now;
  }
}

const keyOf = ({ connector, task }: { readonly connector: string; readonly task: string | number | null }): string =>
  `${String(task)} ${connector}`;

import type { Clock } from '@headrace/foundation';
import type { TaskSpec } from '@headrace/ports';
import type { MetricStore, Sample } from './metric-store.ts';

export type TaskPhase = 'unassigned' | 'running' | 'paused' | 'failed' | 'restarting' | 'destroyed';

const phases: readonly TaskPhase[] = ['running', 'paused', 'failed', 'unassigned', 'restarting', 'destroyed'];

interface TaskRecord {
  readonly connector: string;
  readonly task: string;
  readonly kind: TaskSpec['kind'];
  readonly className: string;
  phase: TaskPhase;
  since: number;
  runningMs: number;
  pausedMs: number;
}

const WORKER = 'kafka_connect_connect_worker_metrics_';
const TASK = 'kafka_connect_connector_task_metrics_';

/** Who owns what on this worker, by the cluster's state. */
export interface OwnedUnits {
  readonly connectors: ReadonlySet<string>;
  has(connector: string, task: number): boolean;
}

/** The states of this worker's tasks as metrics: status, ratios of time, counts by connector, starts. */
export class UnitStates {
  readonly #clock: Clock;
  readonly #store: MetricStore;
  readonly #tasks = new Map<string, TaskRecord>();

  constructor(clock: Clock, store: MetricStore) {
    this.#clock = clock;
    this.#store = store;
    for (const outcome of ['attempts', 'success', 'failure']) store.add(`${WORKER}task_startup_${outcome}_total`, 0);
  }

  started({ id, kind, config }: TaskSpec): void {
    this.#store.add(`${WORKER}task_startup_attempts_total`, 1);
    const [connector, task] = [id.connector, String(id.task)];
    const known = this.#tasks.get(`${task} ${connector}`);
    const time = { runningMs: known?.runningMs ?? 0, pausedMs: known?.pausedMs ?? 0 };
    const record: TaskRecord = {
      ...{ connector, task, kind, className: config['connector.class'] ?? '' },
      ...{ phase: 'unassigned', since: this.#clock.monotonic(), ...time },
    };
    this.#tasks.set(`${task} ${connector}`, record);
  }

  became({ id }: TaskSpec, phase: TaskPhase): void {
    const record = this.#tasks.get(`${String(id.task)} ${id.connector}`);
    if (record === undefined) return;
    if (record.phase === 'unassigned' && phase !== 'unassigned') {
      this.#store.add(`${WORKER}task_startup_${phase === 'failed' ? 'failure' : 'success'}_total`, 1);
    }
    this.#settle(record);
    record.phase = phase;
  }

  /** Drops what this worker does not own any more, here and in the store. */
  keep(owned: OwnedUnits): void {
    for (const [key, { connector, task }] of this.#tasks) if (!owned.has(connector, Number(task))) this.#tasks.delete(key);
    this.#store.forget(({ connector, task }) => connector !== undefined && task !== undefined && !this.#tasks.has(`${task} ${connector}`));
  }

  samples(): readonly Sample[] {
    const records = [...this.#tasks.values()];
    const perTask = records.flatMap((record) => this.#ofTask(record));
    const perConnector = [...Map.groupBy(records, ({ connector }) => connector)].flatMap(([connector, tasks]) => [
      gauge(`${WORKER}connector_total_task_count`, { connector }, tasks.length),
      ...phases.map((phase) =>
        gauge(`${WORKER}connector_${phase}_task_count`, { connector }, tasks.filter((task) => task.phase === phase).length),
      ),
    ]);
    return [gauge(`${WORKER}task_count`, {}, records.length), ...perConnector, ...perTask];
  }

  #ofTask(record: TaskRecord): readonly Sample[] {
    this.#settle(record);
    const { connector, task, phase, kind, className, runningMs, pausedMs } = record;
    const labels = { connector, task };
    const total = Math.max(1, runningMs + pausedMs);
    return [
      gauge(`${TASK}status`, { ...labels, status: phase }, 1),
      gauge(`${TASK}connector_class`, { ...labels, connector_class: className }, 1),
      gauge(`${TASK}connector_type`, { ...labels, connector_type: kind }, 1),
      gauge(`${TASK}running_ratio`, labels, phase === 'failed' ? 0 : runningMs / total),
      gauge(`${TASK}pause_ratio`, labels, phase === 'failed' ? 0 : pausedMs / total),
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

const gauge = (name: string, labels: Sample['labels'], value: number): Sample => ({ name, type: 'gauge', labels, value });

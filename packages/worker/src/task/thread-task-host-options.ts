import type { Clock, RawConfig } from '@headrace/foundation';
import type { LogLevels } from '../telemetry/log-levels.ts';
import type { MetricStore } from '../telemetry/metrics/metric-store.ts';
import type { UnitStates } from '../telemetry/metrics/unit-states.ts';

export interface ThreadTaskHostOptions {
  readonly workerConfig: RawConfig;
  /** Heap of one task, MiB; a task that needs more is ended alone. */
  readonly heapMb: number;
  /** What one task may hold outside its heap, MiB; a task that holds more is ended alone. */
  readonly buffersMb: number;
  readonly clock: Clock;
  readonly logLevels: LogLevels;
  readonly metrics: MetricStore;
  readonly unitStates: UnitStates;
  /** What the thread runs. Default: our own, beside the host, compiled or not. */
  readonly entry?: URL;
}

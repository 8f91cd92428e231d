import type { ConnectorNotification, DeliveredSignal, TaskCondition } from '@headrace/connector-api';
import type { TaskFailureReport, TaskSpec } from '@headrace/ports';
import type { LogLevel, RawConfig } from '@headrace/foundation';
import type { SeriesReport } from '../telemetry/metrics/report.ts';
import type { FromCircuitLink, ToCircuitLink } from './circuit-messages.ts';

/** What a task's thread is started with (structured clone: plain data and bigint). */
export interface ThreadStart {
  /** The worker's own settings, so that the thread opens its connections itself. */
  readonly workerConfig: RawConfig;
}

export type ToThread =
  | { readonly type: 'start'; readonly spec: TaskSpec; readonly logLevels: readonly (readonly [string, LogLevel])[] }
  | { readonly type: 'log-level'; readonly name: string; readonly level: LogLevel }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'signals'; readonly signals: readonly DeliveredSignal[] }
  | { readonly type: 'stop' }
  | ToCircuitLink
  | { readonly type: 'ownership'; readonly request: number; readonly isOwner: boolean; readonly failure?: string };

export type FromThread =
  | { readonly type: 'running' }
  | { readonly type: 'condition'; readonly changed: TaskCondition }
  | { readonly type: 'signals-done'; readonly tokens: readonly string[] }
  | { readonly type: 'notified'; readonly notification: ConnectorNotification }
  | { readonly type: 'paused' }
  | { readonly type: 'failed'; readonly failure: TaskFailureReport }
  | { readonly type: 'fenced' }
  | { readonly type: 'stopped' }
  /** Twice a second for as long as its event loop turns. `externalBytes`: what it holds outside its heap. */
  | { readonly type: 'alive'; readonly externalBytes: number }
  /** At most one a second, of at most a thousand series. */
  | { readonly type: 'metrics'; readonly report: readonly SeriesReport[] }
  | { readonly type: 'topics-used'; readonly topics: readonly string[] }
  | { readonly type: 'moved'; readonly bytes: number }
  | FromCircuitLink
  /** Both are answered by `ownership`. */
  | { readonly type: 'claim-topics'; readonly request: number; readonly topics: readonly string[] }
  | { readonly type: 'confirm-ownership'; readonly request: number };

export { createLatch, type Latch } from './async/latch.ts';
export { ByteQueue } from './async/byte-queue.ts';
export { Wakeup } from './async/wakeup.ts';
export { systemClock, type Clock } from './clock.ts';
export {
  defineConfig,
  parseKey,
  type ConfigDef,
  type ConfigKey,
  type ConfigKeys,
  type ConfigOf,
  type Importance,
  type ParsedConfig,
  type RawConfig,
} from './config/config-def.ts';
export type { ConfigType } from './config/config-type.ts';
export { HIDDEN, Secret } from './config/secret.ts';
export { defineErrors, type ErrorEntry, type ErrorTable } from './errors/define-errors.ts';
export {
  ConfigError,
  FencedError,
  hasCode,
  hasReaction,
  HeadraceError,
  InvariantError,
  isHeadraceError,
  RecordError,
  RequestError,
  RetriableError,
  TaskFailure,
  type ConfigProblem,
  type ErrorDetails,
  type Reaction,
} from './errors/headrace-error.ts';
export { systemCode, toError } from './errors/to-error.ts';
export { copyBytes } from './copy-bytes.ts';
export { freeBytes } from './free-bytes.ts';
export { abortable, firstOf, isAbort, linkSignal, Stopped, type LinkedController, type StopReason } from './lifecycle/abort.ts';
export { Backoff, backoffMs, type BackoffOptions } from './lifecycle/backoff.ts';
export {
  CircuitBreaker,
  freeLeave,
  type Circuit,
  type CircuitListener,
  type CircuitState,
  type Leave,
} from './lifecycle/circuit-breaker.ts';
export { crashPoint, type CrashPoint } from './lifecycle/crash-point.ts';
export { withDeadline } from './lifecycle/deadline.ts';
export { endSoon } from './lifecycle/end-soon.ts';
export { Scope } from './lifecycle/scope.ts';
export type { Service } from './lifecycle/service.ts';
export { supervise, type SuperviseOptions } from './lifecycle/supervise.ts';
export { logLevels, silentLogger, type LogFields, type Logger, type LogLevel } from './log.ts';
export { pickSettings, type ClientSettings } from './config/client-settings.ts';
export { silentMeter, type Labels, type Meter } from './meter.ts';
export { readTlsOptions, tlsProblems, type TlsOptions } from './tls/tls-settings.ts';

import {
  ConfigError,
  systemClock,
  type Clock,
  type ConfigOf,
  type ConfigKeys,
  type Labels,
  type Logger,
  type Meter,
  type RawConfig,
} from '@headrace/foundation';
import type { RecordLane, SignalInbox, SinkTaskContext, TaskContext } from '@headrace/connector-api';
import type { RecordReaders, RecordWriters, SinkOffsetStores, SourceOffsets, TaskEvents, TaskSpec, TopicAdmin } from '@headrace/ports';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { transactionalId } from '../../cluster/transactional-id.ts';
import type { KafkaClient } from '../../config/definitions/client-keys.ts';
import type { ConnectorPlugin, PluginRegistry } from '../../plugins/plugin-registry.ts';
import { taskErrors } from '../errors.ts';
import { ErrorPolicy } from '../record/error-policy.ts';
import { requireConfig, settingsWithPrefix } from '../record/raw-config.ts';
import { createTaskConverters } from '../record/task-converters.ts';
import { createTransformChain } from '../record/transform-chain.ts';
import { BytesMoved } from '../session/bytes-moved.ts';
import type { ResolveConfig } from '../session/resolve-placeholders.ts';
import type { TaskLife } from '../session/task-life.ts';
import { TopicUse } from '../session/topic-use.ts';

/** What a task's thread brings along. */
export interface TaskRunnerDeps {
  readonly plugins: PluginRegistry;
  readonly writers: RecordWriters;
  readonly readers: RecordReaders;
  readonly topicAdmin: TopicAdmin;
  readonly sourceOffsets: SourceOffsets;
  readonly sinkOffsets: SinkOffsetStores;
  readonly log: Logger;
  readonly meter: Meter;
  /** The worker's own settings; those that are missing have the defaults of `worker-config.ts`. */
  readonly workerConfig: RawConfig;
  /** Of operators. Default: none come. */
  readonly signals?: SignalInbox;
  /** Circuits that the task shares with others of its worker. Default: it shares none. */
  readonly circuitOf?: SinkTaskContext['circuitOf'];
  readonly clock?: Clock;
  /** Puts secrets in the place of `${provider:...}`. Default: from this machine's files and environment. */
  readonly resolveConfig?: ResolveConfig;
  /** Lets sockets and timers have their turn. Default: setImmediate. */
  readonly yieldNow?: () => Promise<void>;
}

/** Settings of the worker that tasks use, with its defaults. */
const workerKeys = {
  commitIntervalMs: ['offset.flush.interval.ms', 1_000],
  drainMs: ['task.shutdown.graceful.timeout.ms', 5_000],
  retryTimeoutMs: ['task.retry.timeout.ms', 600_000],
} as const;

/** What the tasks of both directions are put together from. `raw`: the task's configuration, secrets in their places. */
export class TaskParts {
  readonly spec: TaskSpec;
  readonly events: TaskEvents;
  readonly deps: TaskRunnerDeps;
  readonly raw: RawConfig;
  readonly transactionalId: string;
  readonly labels: Labels;
  readonly clock: Clock;
  readonly #log: Logger;

  constructor(spec: TaskSpec, events: TaskEvents, deps: TaskRunnerDeps, raw: RawConfig) {
    const { connector, task } = spec.id;
    this.spec = spec;
    this.events = events;
    this.deps = deps;
    this.raw = raw;
    this.transactionalId = transactionalId(spec.clusterId, spec.id);
    this.labels = { connector, task: String(task) };
    this.clock = deps.clock ?? systemClock;
    this.#log = deps.log.with({ connector, task });
  }

  /** The typed configuration, or ConfigError: placeholders may have hidden problems when the connector was created. */
  config(plugin: Pick<ConnectorPlugin, 'config' | 'validate'>): ConfigOf<ConfigKeys> {
    const config = requireConfig(plugin.config, this.raw);
    const problems = plugin.validate?.(config, this.raw) ?? [];
    if (problems.length > 0) throw new ConfigError(taskErrors.invalid_config.code, problems);
    return config;
  }

  /** What either runner is told, whichever way the records go. */
  running(life: TaskLife) {
    const { clock, labels, events } = this;
    const { meter } = this.deps;
    return {
      connector: this.spec.id.connector,
      life,
      clock,
      log: this.#log,
      meter,
      labels,
      topicUse: new TopicUse((topics) => {
        events.topicsUsed(topics);
      }, clock),
      bytesMoved: new BytesMoved({
        clock,
        meter,
        labels,
        tell: (bytes) => {
          events.moved(bytes);
        },
      }),
      tellLane: (lane: RecordLane): void => {
        events.condition({ lane });
      },
      commitIntervalMs: this.#number(workerKeys.commitIntervalMs),
      drainMs: this.#number(workerKeys.drainMs),
      retryTimeoutMs: this.#number(workerKeys.retryTimeoutMs),
      confirmOwnership: this.confirmOwnership,
    };
  }

  readonly confirmOwnership = (signal: AbortSignal): Promise<boolean> => this.events.confirmOwnership(signal);

  readonly claimTopics: TaskEvents['claimTopics'] = (...claim) => this.events.claimTopics(...claim);

  errorPolicy(): ErrorPolicy {
    return new ErrorPolicy({ raw: this.raw, clock: this.clock, log: this.#log, meter: this.deps.meter, labels: this.labels });
  }

  conversion(errors: ErrorPolicy) {
    const { plugins, workerConfig, yieldNow } = this.deps;
    return {
      chain: createTransformChain(this.raw, plugins),
      converters: createTaskConverters(this.raw, workerConfig, plugins),
      errors,
      yieldNow: yieldNow ?? (() => nextTurn()),
    };
  }

  /** What the connector's own task is told. */
  context(): TaskContext {
    const { id, clusterId, epoch } = this.spec;
    const { clock, confirmOwnership } = this;
    return { id, clusterId, epoch, log: this.#log, meter: this.deps.meter, clock, confirmOwnership };
  }

  /** Settings of one of the task's Kafka clients: the worker's for all clients of that kind, then the connector's. */
  clientConfig(client: KafkaClient): Readonly<Record<string, string>> {
    return { ...settingsWithPrefix(this.deps.workerConfig, `${client}.`), ...settingsWithPrefix(this.raw, `${client}.override.`) };
  }

  #number([key, fallback]: readonly [string, number]): number {
    return Number(this.raw[key] ?? this.deps.workerConfig[key] ?? fallback);
  }
}

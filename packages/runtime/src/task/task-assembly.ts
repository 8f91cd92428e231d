import type { SignalInbox, SinkConnector, SinkTaskContext, SourceConnector, TaskContext } from '@headrace/connector-api';
import {
  CircuitBreaker,
  ConfigError,
  systemClock,
  type Clock,
  type Labels,
  type Logger,
  type Meter,
  type RawConfig,
} from '@headrace/foundation';
import type { RecordReaders, RecordWriters, SinkOffsetStores, SourceOffsets, TaskEvents, TaskSpec, TopicAdmin } from '@headrace/ports';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { transactionalId } from '../cluster/transactional-id.ts';
import type { KafkaClient } from '../config/definitions/client-keys.ts';
import { sinkGroup } from '../config/sink-group.ts';
import type { PluginRegistry } from '../plugins/plugin-registry.ts';
import { taskErrors } from './errors.ts';
import { openDeadLetters } from './record/dead-letter.ts';
import { ErrorPolicy } from './record/error-policy.ts';
import { requireConfig, settingsWithPrefix } from './record/raw-config.ts';
import { createTaskConverters } from './record/task-converters.ts';
import { createTransformChain, unknownPlugin } from './record/transform-chain.ts';
import { isReloaded, untilSecretsChange } from './session/config-reload.ts';
import { placeholderResolver, type ResolveConfig } from './session/resolve-placeholders.ts';
import { BytesMoved } from './session/bytes-moved.ts';
import type { TaskLife } from './session/task-life.ts';
import { TopicUse } from './session/topic-use.ts';
import { runSinkTask, type SinkReading } from './sink-task-runner.ts';
import { recordReadingOf } from './sink/record-reading.ts';
import type { OffsetReset } from './sink/start-positions.ts';
import { runSourceTask } from './source-task-runner.ts';
import { fusedLaneOf } from './source/fused-lane.ts';
import { openTopicFeed } from './source/topic-feed.ts';
import { refuseOwnOffsetsTopic, sourceGuarantee, unsupported } from './source/source-guarantee.ts';
import { createSourceDeadLetters } from './source/source-dead-letters.ts';
import { sourceTopicSettings } from './source/topic-creation.ts';

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

const DEFAULT_MAX_RECORDS = 2_000;
/** What Kafka's producers hold at most unless buffer.memory says otherwise. */
const DEFAULT_TRANSACTION_BYTES = 33_554_432;

/** Puts one task together from its configuration: plugin, converters, transforms, error policy, guarantee; then runs it. */
export class TaskAssembly {
  readonly #spec: TaskSpec;
  readonly #events: TaskEvents;
  readonly #deps: TaskRunnerDeps;
  readonly #life: TaskLife;
  readonly #clock: Clock;
  readonly #labels: Labels;
  readonly #log: Logger;
  readonly #transactionalId: string;

  constructor(spec: TaskSpec, events: TaskEvents, deps: TaskRunnerDeps, life: TaskLife) {
    const { connector, task } = spec.id;
    this.#spec = spec;
    this.#events = events;
    this.#deps = deps;
    this.#life = life;
    this.#clock = deps.clock ?? systemClock;
    this.#labels = { connector, task: String(task) };
    this.#log = deps.log.with({ connector, task });
    this.#transactionalId = transactionalId(spec.clusterId, spec.id);
  }

  /** `reload`: what the task was made of has changed, so that it is to end in order and be started anew. */
  async run(signal: AbortSignal, reload: () => void): Promise<void> {
    const resolve = this.#deps.resolveConfig ?? placeholderResolver(this.#deps.workerConfig);
    const raw = await resolve(this.#spec.config);
    if (isReloaded(this.#spec.config)) {
      untilSecretsChange({ raw: this.#spec.config, resolved: raw, resolve, clock: this.#clock }, signal).then(
        () => {
          this.#log.info('A value behind a placeholder has changed: the task starts again with the new one.');
          reload();
        },
        () => undefined,
      );
    }
    const className = raw['connector.class'] ?? '';
    const plugin = this.#deps.plugins.connector(className);
    if (plugin === undefined) throw unknownPlugin('connector.class', className);
    await (plugin.kind === 'source' ? this.#runSource(plugin, raw, signal) : this.#runSink(plugin, raw, signal));
  }

  #runSource(plugin: SourceConnector, raw: RawConfig, signal: AbortSignal): Promise<void> {
    const config = requireConfig(plugin.config, raw);
    refuseProblems(plugin, config, raw);
    refuseOwnOffsetsTopic(raw, this.#deps.workerConfig);
    const common = this.#common(raw);
    const { guarantee, ownsTransactions, ...boundary } = sourceGuarantee(raw, this.#deps.workerConfig, common.commitIntervalMs);
    if (ownsTransactions) requireOwnTransactions(plugin, config);
    const { writers, sourceOffsets, meter } = this.#deps;
    const deadLetters = createSourceDeadLetters({ raw, id: this.#spec.id, meter, labels: this.#labels });
    const topicSettings = sourceTopicSettings(raw, this.#deps.workerConfig, deadLetters);
    const conversion = this.#conversion(raw, this.#errorPolicy(raw));
    const encoding = deadLetters === undefined ? conversion : { ...conversion, deadLetters };
    const fused = ownsTransactions ? undefined : fusedLaneOf(encoding);
    const producerConfig = this.#clientConfig(raw, 'producer');
    return runSourceTask(
      {
        ...common,
        writer: {
          transactionalId: this.#transactionalId,
          guarantee,
          fencedTopics: this.#spec.topicsWritten ?? [],
          producerConfig,
          adminConfig: this.#clientConfig(raw, 'admin'),
          ...boundary,
          ...(topicSettings === undefined ? {} : { topicSettings }),
        },
        encoding,
        ...(ownsTransactions ? { maxTransactionBytes: Number(producerConfig['buffer.memory'] ?? DEFAULT_TRANSACTION_BYTES) } : {}),
        writers,
        ...(guarantee === 'exactly-once' ? {} : { claimTopics: (...claim) => this.#events.claimTopics(...claim) }),
        sourceOffsets,
        tellLane: (lane) => {
          this.#events.condition({ lane });
        },
        createTask: (position) =>
          plugin.createTask(config, {
            ...this.#context(),
            settings: raw,
            ...(fused === undefined ? {} : { fused }),
            ownsTransactions,
            position,
            ...(this.#deps.signals === undefined ? {} : { signals: this.#deps.signals }),
            tellSnapshot: (snapshot) => {
              this.#events.condition({ snapshot });
            },
            notify: (notification) => {
              this.#events.notified(notification);
            },
            readTopic: (...wanted) => openTopicFeed(this.#deps, ...wanted),
          }),
      },
      signal,
    );
  }

  #runSink(plugin: SinkConnector, raw: RawConfig, signal: AbortSignal): Promise<void> {
    const config = requireConfig(plugin.config, raw);
    refuseProblems(plugin, config, raw);
    const errors = this.#errorPolicy(raw);
    const decoding = this.#conversion(raw, errors);
    const fields = plugin.valueFields?.(config);
    if (fields !== undefined && decoding.chain.isEmpty) decoding.converters.value.converter.choose?.(fields);
    const reading = recordReadingOf(decoding);
    const { readers, sinkOffsets, topicAdmin, writers, meter, circuitOf } = this.#deps;
    const { partitions, id } = this.#spec;
    const confirmOwnership = (confirming: AbortSignal): Promise<boolean> => this.#events.confirmOwnership(confirming);
    return runSinkTask(
      {
        ...this.#common(raw),
        group: sinkGroup(id.connector, raw),
        transactionalId: this.#transactionalId,
        className: plugin.classNames[0] ?? plugin.name,
        partitions,
        reading: this.#reading(raw),
        decoding,
        errors,
        readers,
        sinkOffsets,
        topicAdmin,
        tellLane: (lane) => {
          this.#events.condition({ lane });
        },
        openDeadLetters: (opening) =>
          openDeadLetters(
            {
              raw,
              ...id,
              transactionalId: this.#transactionalId,
              producerConfig: this.#clientConfig(raw, 'producer'),
              adminConfig: this.#clientConfig(raw, 'admin'),
              topicsWritten: this.#spec.topicsWritten ?? [],
              writers,
              meter,
              labels: this.#labels,
              confirmOwnership,
              claimTopics: (...claim) => this.#events.claimTopics(...claim),
            },
            opening,
          ),
        createTask: (reportRecord, flow) =>
          plugin.createTask(config, {
            ...this.#context(),
            partitions,
            reportRecord,
            flow,
            ...(reading === undefined ? {} : { reading }),
            circuitOf: circuitOf ?? (() => new CircuitBreaker(this.#clock)),
          }),
      },
      signal,
    );
  }

  #common(raw: RawConfig) {
    const number = ([key, fallback]: readonly [string, number]): number => Number(raw[key] ?? this.#deps.workerConfig[key] ?? fallback);
    return {
      connector: this.#spec.id.connector,
      life: this.#life,
      clock: this.#clock,
      log: this.#log,
      meter: this.#deps.meter,
      labels: this.#labels,
      topicUse: new TopicUse((topics) => {
        this.#events.topicsUsed(topics);
      }, this.#clock),
      bytesMoved: new BytesMoved({
        clock: this.#clock,
        meter: this.#deps.meter,
        labels: this.#labels,
        tell: (bytes) => {
          this.#events.moved(bytes);
        },
      }),
      commitIntervalMs: number(workerKeys.commitIntervalMs),
      drainMs: number(workerKeys.drainMs),
      retryTimeoutMs: number(workerKeys.retryTimeoutMs),
      confirmOwnership: (signal: AbortSignal): Promise<boolean> => this.#events.confirmOwnership(signal),
    };
  }

  #conversion(raw: RawConfig, errors: ErrorPolicy) {
    const { plugins, workerConfig, yieldNow } = this.#deps;
    return {
      chain: createTransformChain(raw, plugins),
      converters: createTaskConverters(raw, workerConfig, plugins),
      errors,
      yieldNow: yieldNow ?? (() => nextTurn()),
    };
  }

  #errorPolicy(raw: RawConfig): ErrorPolicy {
    return new ErrorPolicy({ raw, clock: this.#clock, log: this.#log, meter: this.#deps.meter, labels: this.#labels });
  }

  #context(): TaskContext {
    const { id, clusterId, epoch } = this.#spec;
    return {
      id,
      clusterId,
      epoch,
      log: this.#log,
      meter: this.#deps.meter,
      clock: this.#clock,
      confirmOwnership: (signal) => this.#events.confirmOwnership(signal),
    };
  }

  /** Settings of one of the task's Kafka clients: the worker's for all clients of that kind, then the connector's. */
  #clientConfig(raw: RawConfig, client: KafkaClient): Readonly<Record<string, string>> {
    return { ...settingsWithPrefix(this.#deps.workerConfig, `${client}.`), ...settingsWithPrefix(raw, `${client}.override.`) };
  }

  #reading(raw: RawConfig): SinkReading {
    const consumerConfig = this.#clientConfig(raw, 'consumer');
    const reset = consumerConfig['auto.offset.reset'] ?? 'earliest';
    if (!isReset(reset)) throw unsupported('consumer.override.auto.offset.reset', reset, 'use earliest, latest or none');
    return {
      // Kafka Connect reads uncommitted by default; what an aborted transaction wrote must not reach a target.
      isolation: consumerConfig['isolation.level'] === 'read_uncommitted' ? 'read_uncommitted' : 'read_committed',
      reset,
      maxRecords: Number(consumerConfig['max.poll.records'] ?? DEFAULT_MAX_RECORDS),
      consumerConfig,
    };
  }
}

const isReset = (text: string): text is OffsetReset => text === 'earliest' || text === 'latest' || text === 'none';

const requireOwnTransactions = <C>(plugin: { definesTransactions?(config: C): boolean }, config: C): void => {
  if (plugin.definesTransactions?.(config) === true) return;
  throw unsupported('transaction.boundary', 'connector', 'the connector does not say where its transactions end');
};

/** Problems between keys were told when the connector was created; placeholders may have hidden some until now. */
const refuseProblems = <C>(
  plugin: { validate?(config: C, raw: RawConfig): readonly { readonly key: string; readonly message: string }[] },
  config: C,
  raw: RawConfig,
): void => {
  const problems = plugin.validate?.(config, raw) ?? [];
  if (problems.length > 0) throw new ConfigError(taskErrors.invalid_config.code, problems);
};

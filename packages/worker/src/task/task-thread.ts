// Entry of a task's thread: opens its own connections, runs one task, tells the coordinator how it goes.
import { linkSignal, Stopped, systemClock, type Logger } from '@headrace/foundation';
import { createTaskRunner, type TaskRunner } from '@headrace/runtime';
import { parentPort, workerData } from 'node:worker_threads';
import type { TaskSpec } from '@headrace/ports';
import { createKafkaPorts } from '../kafka-ports.ts';
import { loadPlugins } from '../plugins.ts';
import { LogLevels } from '../telemetry/log-levels.ts';
import { Loggers } from '../telemetry/logger.ts';
import { CollectingMeter } from '../telemetry/metrics/report.ts';
import { reportUsage } from '../telemetry/metrics/thread-usage.ts';
import { advertisedAddress } from '../settings/listeners.ts';
import { parseWorkerConfig, rootLevel } from '../settings/worker-config.ts';
import { compactHeap } from '../collector.ts';
import { collectBuffers } from './buffer-collection.ts';
import { CircuitLink } from './circuit-link.ts';
import { CoordinatorLink } from './coordinator-link.ts';
import { showLife } from './life-signs.ts';
import { SignalBox } from './signal-box.ts';
import type { FromThread, ThreadStart, ToThread } from './thread-messages.ts';

if (parentPort === null) throw new Error('task-thread runs only as a worker thread.');
const port = parentPort;
const { workerConfig } = workerData as ThreadStart;
const config = parseWorkerConfig(workerConfig);
const logLevels = new LogLevels(rootLevel(config), systemClock);
const loggers = new Loggers(logLevels, { worker: advertisedAddress(config) });
const { registry: plugins } = await loadPlugins(config['plugin.path']);
const stopping = new AbortController();
const link = new CoordinatorLink((message) => {
  port.postMessage(message);
});
const circuits = new CircuitLink((message) => {
  port.postMessage(message);
});
const signals = new SignalBox((tokens) => {
  link.signalsDone(tokens);
});
let runner: TaskRunner | undefined;

/** Lines of a task are its connector's: `io.debezium` at DEBUG shows those of every Debezium connector. */
const loggerOf = (spec: TaskSpec): Logger => {
  const className = spec.config['connector.class'] ?? '';
  return loggers.named(plugins.connector(className)?.classNames[0] ?? className);
};

/** Kafka Connect's names: quotas of brokers are set for them. */
const clientIdOf = ({ kind, id }: TaskSpec): string =>
  `connector-${kind === 'sink' ? 'consumer' : 'producer'}-${id.connector}-${String(id.task)}`;

const run = async (spec: TaskSpec): Promise<void> => {
  const log = loggerOf(spec);
  const meter = new CollectingMeter({ connector: spec.id.connector, task: String(spec.id.task) });
  const report = (): void => {
    port.postMessage({ type: 'metrics', report: meter.take() } satisfies FromThread);
  };
  using reporting = linkSignal(new AbortController().signal);
  reportUsage(meter, report, reporting.signal).catch(() => undefined);
  showLife((message) => {
    port.postMessage(message);
  }, reporting.signal).catch(() => undefined);
  collectBuffers(systemClock, reporting.signal).catch(() => undefined);
  const clientId = clientIdOf(spec);
  await using kafka = createKafkaPorts({ raw: workerConfig, config, clientId, clock: systemClock, log, meter });
  runner = createTaskRunner(spec, link, {
    plugins,
    writers: kafka.writers,
    readers: kafka.readers,
    topicAdmin: kafka.admin,
    sourceOffsets: kafka.sourceOffsets,
    sinkOffsets: kafka.sinkOffsets,
    log,
    meter,
    signals,
    circuitOf: (target) => circuits.of(target),
    workerConfig,
  });
  try {
    await runner.run(stopping.signal);
  } finally {
    reporting.abort(new Stopped('done'));
    report();
  }
};

// Here, because a backlog may wait for it: a thread that works has no moment for it.
compactHeap();

port.on('message', (message: ToThread) => {
  if (message.type === 'pause') runner?.pause();
  else if (message.type === 'resume') runner?.resume();
  else if (message.type === 'ownership') link.answered(message);
  else if (message.type === 'signals') signals.add(message.signals);
  else if (message.type === 'circuit') circuits.heard(message);
  else if (message.type === 'stop') stopping.abort(new Stopped('shutdown'));
  else if (message.type === 'log-level') logLevels.set(message.name, message.level);
  else {
    logLevels.restore(message.logLevels);
    void run(message.spec).finally(() => {
      port.close();
    });
  }
});

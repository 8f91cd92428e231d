// Entry of a task's thread: opens its own connections, runs one task, tells the coordinator how it goes.
import { silentMeter, Stopped, systemClock } from '@headrace/foundation';
import { createTaskRunner, type TaskRunner } from '@headrace/runtime';
import { parentPort, workerData } from 'node:worker_threads';
import type { TaskSpec } from '@headrace/ports';
import { createKafkaPorts } from '../kafka-ports.ts';
import { createPlugins } from '../plugins.ts';
import { createLogger } from '../telemetry.ts';
import { advertisedAddress, parseWorkerConfig } from '../worker-config.ts';
import { CoordinatorLink } from './coordinator-link.ts';
import type { ThreadStart, ToThread } from './thread-messages.ts';

if (parentPort === null) throw new Error('task-thread runs only as a worker thread.');
const port = parentPort;
const { workerConfig } = workerData as ThreadStart;
const config = parseWorkerConfig(workerConfig);
const log = createLogger(config['log.level'], { worker: advertisedAddress(config) });
const stopping = new AbortController();
const link = new CoordinatorLink((message) => {
  port.postMessage(message);
});
let runner: TaskRunner | undefined;

const run = async (spec: TaskSpec): Promise<void> => {
  const clientId = `headrace-${spec.id.connector}-${String(spec.id.task)}`;
  await using kafka = createKafkaPorts({ config, clientId, clock: systemClock, log });
  runner = createTaskRunner(spec, link, {
    plugins: createPlugins(),
    writers: kafka.writers,
    readers: kafka.readers,
    topicAdmin: kafka.admin,
    sourceOffsets: kafka.sourceOffsets,
    sinkOffsets: kafka.sinkOffsets,
    log,
    meter: silentMeter,
    workerConfig,
  });
  await runner.run(stopping.signal);
};

port.on('message', (message: ToThread) => {
  if (message.type === 'pause') runner?.pause();
  else if (message.type === 'resume') runner?.resume();
  else if (message.type === 'ownership') link.answered(message);
  else if (message.type === 'stop') stopping.abort(new Stopped('shutdown'));
  else {
    void run(message.spec).finally(() => {
      port.close();
    });
  }
});

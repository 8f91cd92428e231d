/** Each setting of a worker: the test that fails when it has no effect; and Kafka Connect's settings that have none here. */
import { expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { isKnownSetting } from './worker-config.ts';
import { workerConfigDef } from './worker-keys.ts';

const root = new URL('../../../../', import.meta.url);
const tableFile = new URL('packages/docs/worker-options.md', root);

const e2e = 'test/e2e/worker-settings.test.ts';
const standalone = 'test/e2e/standalone.test.ts';
const config = 'packages/worker/src/settings/worker-config.test.ts';
const threads = 'packages/worker/test/thread-task-host.integration.test.ts';
const placeholders = 'packages/runtime/src/task/session/resolve-placeholders.test.ts';

/** File, title, and where the file names the setting otherwise that other name. */
type Shown = readonly [file: string, title: string, otherName?: string];

const secured = [
  'test/e2e/secured-surroundings.test.ts',
  'writes with its own login, and a connector reads with the login that it brings',
] as const;
const alone = [standalone, 'runs the connectors named on its command line, and after a restart goes on behind what it has done'] as const;
const listeners = [e2e, 'listeners by HTTP and HTTPS together; ssl.client.auth; rest.advertised.* is where others are sent'] as const;
const guards = [
  e2e,
  'rest.basic.auth.file, rest.bearer.auth.file, access.control.allow.* and response.http.headers.config guard each answer',
] as const;
const bound = [
  e2e,
  'worker.labels, connector.client.config.override.*, topic.creation.enable, topic.tracking.enable, log.level and offset.storage.* bind what connectors do',
] as const;
const resolved = [
  e2e,
  'config.providers.* say which placeholders are resolved; topic.tracking.allow.reset=false keeps what is known of topics',
] as const;
const limited = [placeholders, 'under the worker settings %p %s becomes %s'] as const;
const providers = [config, 'only providers that there are can be named'] as const;
const windows = [e2e, 'metrics.sample.window.ms and metrics.num.samples say how far averages look back'] as const;
const outage = [
  'test/e2e/etcd-outage.test.ts',
  'by all: fenced tasks go on until coordination.outage.max.ms, unfenced ones stop before the lease can end; all go on afterwards',
] as const;

const shownBy: Readonly<Record<string, Shown>> = {
  'cluster.id': [...secured, 'group.id'],
  'bootstrap.servers': secured,
  'etcd.endpoints': secured,
  'offset.storage.file.filename': alone,
  'plugin.path': ['test/e2e/plugin-path.test.ts', 'runs in a worker that names its folder in plugin.path'],
  listeners,
  'rest.advertised.listener': listeners,
  'rest.advertised.host.name': listeners,
  'rest.advertised.port': listeners,
  'ssl.client.auth': listeners,
  'rest.basic.auth.file': guards,
  'rest.bearer.auth.file': guards,
  'access.control.allow.origin': guards,
  'access.control.allow.methods': guards,
  'response.http.headers.config': guards,
  'admin.listeners': [standalone, 'keeps its admin endpoints at an address of their own'],
  'key.converter': alone,
  'value.converter': alone,
  'offset.storage.topic': bound,
  'offset.storage.partitions': bound,
  'offset.storage.replication.factor': [
    e2e,
    'offset.storage.replication.factor is that of the topic of positions: one broker has no two replicas',
  ],
  'offset.flush.interval.ms': ['packages/runtime/src/task/sink-task-runner.test.ts', 'commits as often as offset.flush.interval.ms says'],
  'task.retry.timeout.ms': [
    'packages/runtime/src/task/source-task-runner.test.ts',
    'fails when an outage outlasts the time for retries, with the cause in the trace',
  ],
  'exactly.once.source.support': [
    'test/e2e/connector-options.test.ts',
    'exactly.once.support=required and a foreign offsets.storage.topic are refused by a worker that does not have them',
  ],
  'etcd.username': secured,
  'etcd.password': secured,
  'etcd.tls.ca': secured,
  'etcd.tls.certificate': secured,
  'etcd.tls.key': secured,
  'connector.client.config.override.policy': [
    'test/e2e/secured-surroundings.test.ts',
    'other client settings than those of the login are refused, as the policy says',
  ],
  'connector.client.config.override.allowlist': bound,
  'lease.ttl.ms': [...outage, 'HEADRACE_LEASE_TTL_MS'],
  'coordination.outage.max.ms': outage,
  'load.interval.ms': [e2e, 'load.interval.ms says how soon a task weighs what it moves'],
  'task.heap.mb': [threads, 'a task that takes too much heap is ended alone, with a sentence that says how much it had', 'heapMb'],
  'task.buffers.mb': [threads, 'a task that takes too many buffers, which are no heap, is ended alone', 'buffersMb'],
  'task.shutdown.graceful.timeout.ms': [threads, 'a task that never yields is ended by force after its grace', 'handle.stop(100)'],
  'worker.labels': bound,
  'config.providers': resolved,
  'config.providers.file.class': providers,
  'config.providers.env.class': providers,
  'config.providers.dir.class': providers,
  'config.providers.file.param.allowed.paths': limited,
  'config.providers.dir.param.allowed.paths': resolved,
  'config.providers.env.param.allowlist.pattern': limited,
  'log.level': bound,
  'topic.creation.enable': bound,
  'topic.tracking.enable': bound,
  'topic.tracking.allow.reset': resolved,
  'metrics.sample.window.ms': windows,
  'metrics.num.samples': windows,
};

const otherwise: Readonly<Record<string, string>> = {
  'rest.extension.classes': `refused: ${config}: that would close the REST API to somebody, and do not, stop the start instead of leaving it open`,
};

/** Told at the start, in one line of the log; why nothing is lost by that. */
const withoutEffect: Readonly<Record<string, string>> = {
  'config.storage.topic': 'etcd, or the file of a worker that is alone, holds configurations',
  'config.storage.replication.factor': 'as above',
  'status.storage.topic': 'etcd, or that file, holds states',
  'status.storage.partitions': 'as above',
  'status.storage.replication.factor': 'as above',
  'session.timeout.ms': '`lease.ttl.ms` is how long a worker may be silent',
  'heartbeat.interval.ms': 'a third of the lease',
  'rebalance.timeout.ms': 'there is no rebalance that all workers wait for: units move one by one',
  'scheduled.rebalance.max.delay.ms': 'tasks of a dead worker move when its lease ends',
  'connect.protocol': 'there is one protocol, over etcd',
  'worker.sync.timeout.ms': 'workers follow the store, and answer from it',
  'worker.unsync.backoff.ms': 'as above',
  'inter.worker.key.generation.algorithm': 'workers do not forward requests to each other, so they sign none',
  'inter.worker.key.size': 'as above',
  'inter.worker.key.ttl.ms': 'as above',
  'inter.worker.signature.algorithm': 'as above',
  'inter.worker.verification.algorithms': 'as above',
  'offset.flush.timeout.ms': 'positions are stored with their records, not beside them',
  'plugin.discovery': 'plugins tell what they are in a manifest: there is nothing to scan',
  'key.converter.plugin.version': 'one version of a converter is installed',
  'value.converter.plugin.version': 'as above',
  'header.converter.plugin.version': 'as above',
  'metrics.recording.level': 'all metrics are at `/metrics`',
  'metric.reporters': 'as above',
  'client.id': "clients of tasks have Kafka Connect's names, those of a worker its address in them",
  'client.dns.lookup': "the system's resolver is asked at each connection",
  'metadata.max.age.ms': 'our clients look again when a broker says that they are wrong',
  'metadata.recovery.strategy': 'the clients go back to `bootstrap.servers` by themselves',
  'metadata.recovery.rebootstrap.trigger.ms': 'as above',
  'reconnect.backoff.ms': 'the clients have waits of their own',
  'reconnect.backoff.max.ms': 'as above',
  'retry.backoff.ms': 'as above',
  'retry.backoff.max.ms': 'as above',
  'request.timeout.ms': 'as above; `producer.request.timeout.ms` counts for tasks',
  'connections.max.idle.ms': 'the clients have a limit of their own',
  'send.buffer.bytes': "the system's",
  'receive.buffer.bytes': "the system's",
  'socket.connection.setup.timeout.ms': 'the clients have a limit of their own',
  'socket.connection.setup.timeout.max.ms': 'as above',
};

const evidenceOf = (key: string): string => {
  const [file, title, otherName = key] = shownBy[key] ?? [];
  if (file === undefined || title === undefined) return otherwise[key] ?? '';
  const text = readFileSync(new URL(file, root), 'utf8').replaceAll(String.raw`\'`, "'");
  return text.includes(title) && text.includes(otherName) ? `${file}: ${title}` : '';
};

const evidence = Object.keys(workerConfigDef.keys).map((key): readonly [string, string] => [key, evidenceOf(key)]);

test('every setting of a worker is shown by a test, or says why it is not', () => {
  expect(evidence.filter(([, shown]) => shown === '').map(([key]) => key)).toEqual([]);
});

test('what is said to have no effect is told at the start as such', () => {
  expect(Object.keys(withoutEffect).filter(isKnownSetting)).toEqual([]);
});

test('the table of them is as generated; HEADRACE_UPDATE_TABLES=1 writes it anew', () => {
  const rows = (entries: readonly (readonly [string, string])[]) =>
    entries.map(([key, text]) => `| \`${key}\` | ${text.replaceAll('|', String.raw`\|`)} |`);
  const table = [
    '# Settings of a worker, and what shows their effect',
    '',
    'Generated by `packages/worker/src/settings/option-evidence.test.ts` from the definitions: the test that fails when the setting has no effect.',
    "Settings of Kafka's clients (`security.protocol`, `sasl.*`, `ssl.*`, `producer.*`, `consumer.*`, `admin.*`) are in [security](security.md),",
    'those of converters travel with a prefix (`value.converter.*`). `group.id` is another name of `cluster.id`.',
    '',
    '| setting | shown by |',
    '| --- | --- |',
    ...rows(evidence),
    '',
    "## Kafka Connect's settings that have no effect here",
    '',
    'A worker that is given one of them, or one that nobody knows, says so when it starts: one line of its log names them all',
    `(\`${e2e}\`: those without effect are told at the start, all in one line of the log).`,
    '',
    '| setting | why |',
    '| --- | --- |',
    ...rows(Object.entries(withoutEffect)),
    '',
  ].join('\n');
  if (process.env['HEADRACE_UPDATE_TABLES'] === '1') writeFileSync(tableFile, table);
  expect(readFileSync(tableFile, 'utf8')).toBe(table);
});

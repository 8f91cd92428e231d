import { defineConfig, logLevels } from '@headrace/foundation';
import { labelsProblem } from '@headrace/runtime';
import { restKeys } from './rest-keys.ts';

const PROVIDERS: readonly string[] = ['file', 'env', 'dir'];

/** The class that Kafka Connect wants to be told; there is one for each name. */
const providerClass = (simpleName: string) =>
  ({
    type: 'CLASS',
    default: null,
    importance: 'LOW',
    doc: `Class of that provider, as Kafka Connect calls it: ${simpleName}.`,
    validate: (name: string) => (name.endsWith(simpleName) ? undefined : `Only ${simpleName} is there`),
  }) as const;

/** Settings of a worker; those of its Kafka clients and of its converters come beside them. */
export const workerConfigDef = defineConfig({
  'cluster.id': {
    type: 'STRING',
    default: 'headrace',
    importance: 'HIGH',
    doc: 'Workers of one id form a cluster: part of every etcd key and transactional id.',
  },
  'bootstrap.servers': { type: 'LIST', importance: 'HIGH', doc: 'Kafka brokers, host:port, comma separated.' },
  'etcd.endpoints': {
    type: 'LIST',
    default: null,
    importance: 'HIGH',
    doc: 'etcd endpoints, http(s)://host:port, comma separated: the workers of a cluster meet there.',
  },
  'offset.storage.file.filename': {
    type: 'STRING',
    default: null,
    importance: 'HIGH',
    doc: 'Standalone mode: this worker is alone, and keeps connectors and their states in this file instead of in etcd.',
  },
  'plugin.path': {
    type: 'LIST',
    default: '',
    importance: 'LOW',
    doc: 'Folders with npm packages that bring connectors, converters and transforms of others.',
  },
  ...restKeys,
  'key.converter': {
    type: 'CLASS',
    default: 'io.confluent.connect.avro.AvroConverter',
    importance: 'HIGH',
    doc: 'Converter of record keys where a connector names none.',
  },
  'value.converter': {
    type: 'CLASS',
    default: 'io.confluent.connect.avro.AvroConverter',
    importance: 'HIGH',
    doc: 'Converter of record values where a connector names none.',
  },
  'offset.storage.topic': {
    type: 'STRING',
    default: 'headrace-offsets',
    importance: 'HIGH',
    doc: 'Compacted topic with the source positions, in the format of Kafka Connect.',
  },
  'offset.storage.partitions': {
    type: 'INT',
    default: '25',
    min: 1,
    importance: 'LOW',
    doc: 'Partitions of that topic when it has to be created.',
  },
  'offset.storage.replication.factor': {
    type: 'SHORT',
    default: '-1',
    importance: 'LOW',
    doc: "Replicas of that topic when it has to be created; -1 is the broker's default.",
  },
  'offset.flush.interval.ms': {
    type: 'LONG',
    default: '1000',
    min: 1,
    importance: 'LOW',
    doc: 'How often a sink task commits its offsets.',
  },
  'task.retry.timeout.ms': {
    type: 'LONG',
    default: '600000',
    min: 0,
    importance: 'LOW',
    doc: 'A task that is opened again and again for this long without any progress fails. A connector may have its own.',
  },
  'exactly.once.source.support': {
    type: 'STRING',
    default: 'enabled',
    values: ['disabled', 'preparing', 'enabled'],
    ignoreCase: true,
    importance: 'HIGH',
    doc: 'enabled: records and positions of source tasks are written in one Kafka transaction.',
  },
  'etcd.username': { type: 'STRING', default: null, importance: 'MEDIUM', doc: 'User at etcd, where it asks for one.' },
  'etcd.password': { type: 'PASSWORD', default: null, importance: 'MEDIUM', doc: 'Password of that user.' },
  'etcd.tls.ca': {
    type: 'STRING',
    default: null,
    importance: 'MEDIUM',
    doc: "PEM file with the authority of https endpoints. Default: the system's authorities.",
  },
  'etcd.tls.certificate': { type: 'STRING', default: null, importance: 'MEDIUM', doc: 'PEM file with our certificate for etcd.' },
  'etcd.tls.key': { type: 'STRING', default: null, importance: 'MEDIUM', doc: 'PEM file with the key of that certificate.' },
  'connector.client.config.override.policy': {
    type: 'STRING',
    default: 'All',
    values: ['All', 'None', 'Principal', 'Allowlist'],
    importance: 'MEDIUM',
    doc: 'Which settings of its Kafka clients a connector may override: all, none, those of its login, or those of the list.',
  },
  'connector.client.config.override.allowlist': {
    type: 'LIST',
    default: '',
    importance: 'MEDIUM',
    doc: 'Settings that connectors may override under the policy Allowlist.',
  },
  'lease.ttl.ms': {
    type: 'INT',
    default: '5000',
    min: 2_000,
    importance: 'MEDIUM',
    doc: 'A worker that has not renewed its lease for this long is dead to the others, and its tasks move.',
  },
  'coordination.outage.max.ms': {
    type: 'INT',
    default: '600000',
    min: 0,
    importance: 'LOW',
    doc: 'How long fenced tasks go on while etcd cannot be reached.',
  },
  'load.interval.ms': {
    type: 'INT',
    default: '60000',
    min: 1_000,
    importance: 'LOW',
    doc: 'How often this worker looks at what its tasks move; tasks without `headrace.task.weight` are balanced by that.',
  },
  'task.heap.mb': {
    type: 'INT',
    default: '256',
    min: 32,
    importance: 'MEDIUM',
    doc: 'Heap of one task; a task that needs more is ended alone.',
  },
  'task.buffers.mb': {
    type: 'INT',
    default: '512',
    min: 32,
    importance: 'MEDIUM',
    doc: 'What one task may hold outside its heap (buffers); a task that holds more is ended alone.',
  },
  'task.shutdown.graceful.timeout.ms': {
    type: 'LONG',
    default: '5000',
    min: 0,
    importance: 'LOW',
    doc: 'How long a task may take to stop by itself.',
  },
  'worker.labels': {
    type: 'STRING',
    default: '',
    importance: 'LOW',
    doc: 'Labels of this worker, name=value, comma separated: `headrace.placement` of connectors asks for them.',
    validate: labelsProblem,
  },
  'config.providers': {
    type: 'LIST',
    default: 'file,env,dir',
    importance: 'LOW',
    doc: 'Which placeholders are resolved: ${file:...}, ${env:...}, ${dir:...}.',
    validate: (names) => {
      const unknown = names.filter((name) => !PROVIDERS.includes(name));
      return unknown.length === 0 ? undefined : `There is no provider called ${unknown.join(', ')}: use ${PROVIDERS.join(', ')}`;
    },
  },
  'config.providers.file.class': providerClass('FileConfigProvider'),
  'config.providers.env.class': providerClass('EnvVarConfigProvider'),
  'config.providers.dir.class': providerClass('DirectoryConfigProvider'),
  'config.providers.file.param.allowed.paths': {
    type: 'LIST',
    default: '',
    importance: 'LOW',
    doc: 'Folders that ${file:...} may read from. Default: any.',
  },
  'config.providers.dir.param.allowed.paths': {
    type: 'LIST',
    default: '',
    importance: 'LOW',
    doc: 'Folders that ${dir:...} may read from. Default: any.',
  },
  'config.providers.env.param.allowlist.pattern': {
    type: 'STRING',
    default: null,
    importance: 'LOW',
    doc: 'Regular expression for the whole name of variables that ${env:...} may show. Default: any.',
  },
  'log.level': {
    type: 'STRING',
    default: 'info',
    values: logLevels,
    ignoreCase: true,
    importance: 'LOW',
    doc: 'Level of the root logger; PUT /admin/loggers/{logger} changes levels while the worker runs.',
  },
  'metrics.sample.window.ms': {
    type: 'LONG',
    default: '30000',
    min: 1,
    importance: 'LOW',
    doc: 'Length of one of the windows that rates, averages and extremes at /metrics are of.',
  },
  'metrics.num.samples': {
    type: 'INT',
    default: '2',
    min: 1,
    importance: 'LOW',
    doc: 'How many of the last windows they are of.',
  },
  'topic.creation.enable': {
    type: 'BOOLEAN',
    default: 'true',
    importance: 'LOW',
    doc: "Whether `topic.creation.*` of connectors counts. Without it new topics have the broker's defaults.",
  },
  'topic.tracking.enable': {
    type: 'BOOLEAN',
    default: 'true',
    importance: 'LOW',
    doc: 'Whether the topics that connectors use are written down: GET /connectors/{name}/topics.',
  },
  'topic.tracking.allow.reset': {
    type: 'BOOLEAN',
    default: 'true',
    importance: 'LOW',
    doc: 'Whether PUT /connectors/{name}/topics/reset is allowed.',
  },
});

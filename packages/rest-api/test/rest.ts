import { defineSinkConnector, defineSourceConnector, type ConverterPlugin, type TransformPlugin } from '@headrace/connector-api';
import { defineConfig, silentLogger } from '@headrace/foundation';
import { createPluginRegistry, validateConnector, type PluginRegistry } from '@headrace/runtime';
import type { FastifyInstance } from 'fastify';
import { buildApp, type RestDeps } from '../src/index.ts';
import { createFakeLoggers } from './fake-loggers.ts';
import { createFakeHerder, type FakeHerder } from './fake-herder.ts';

const unused = (): never => {
  throw new Error('no task runs here');
};

const fileSource = defineSourceConnector({
  name: 'file-source',
  classNames: ['org.apache.kafka.connect.file.FileStreamSourceConnector'],
  version: '1.0.0',
  config: defineConfig({
    file: { type: 'STRING', default: null, importance: 'HIGH', doc: 'Path.' },
    topic: { type: 'STRING', importance: 'HIGH', doc: 'Topic.' },
    'batch.size': { type: 'INT', default: '2000', importance: 'LOW', doc: 'Lines.' },
    password: { type: 'PASSWORD', default: 'hunter2', importance: 'LOW', doc: 'Secret.' },
  }),
  planTasks: (raw) => [raw],
  createTask: unused,
});

const fileSink = defineSinkConnector({
  name: 'file-sink',
  classNames: ['org.apache.kafka.connect.file.FileStreamSinkConnector'],
  version: '1.0.0',
  config: defineConfig({ file: { type: 'STRING', default: null, importance: 'HIGH', doc: 'Path.' } }),
  isFenced: false,
  createTask: unused,
});

const mockSource = defineSourceConnector({
  name: 'mock-source',
  classNames: ['org.apache.kafka.connect.tools.MockSourceConnector'],
  version: '1.0.0',
  isUnlisted: true,
  config: defineConfig({ mock_mode: { type: 'STRING', default: null, importance: 'HIGH', doc: 'What fails.' } }),
  planTasks: (raw) => [raw],
  createTask: unused,
});

const stringConverter: ConverterPlugin = {
  kind: 'converter',
  classNames: ['org.apache.kafka.connect.storage.StringConverter'],
  version: '1.0.0',
  config: defineConfig({}),
  create: unused,
};

const dropAll: TransformPlugin = {
  kind: 'transformation',
  classNames: ['org.apache.kafka.connect.transforms.Filter'],
  version: '1.0.0',
  config: defineConfig({}),
  create: unused,
};

export const plugins: PluginRegistry = createPluginRegistry([fileSource, fileSink, mockSource, stringConverter, dropAll]);

export interface Rest {
  readonly app: FastifyInstance;
  readonly herder: FakeHerder;
}

/** The real server over a herder in memory. */
export const createRest = async (changes: Partial<RestDeps> = {}): Promise<Rest> => {
  const herder = createFakeHerder(plugins);
  const app = await buildApp({
    herder,
    plugins,
    validate: validateConnector,
    info: { version: '1.0.0', commit: 'abc', kafkaClusterId: 'k1' },
    log: silentLogger,
    loggers: createFakeLoggers(),
    health: async () => ({ status: 'healthy', message: 'Worker has completed startup and is ready to handle requests.' }),
    metrics: { contentType: 'text/plain; version=0.0.4', text: () => 'up 1\n' },
    topics: { active: async () => ['t'], reset: async () => undefined },
    ...changes,
  });
  return { app, herder };
};

export const inv = {
  name: 'inv',
  config: { 'connector.class': 'FileStreamSource', 'tasks.max': 1, file: '/tmp/a', topic: 't' },
};

import { defineSourceConnector, type SourceConnector } from '@headrace/connector-api';
import { ConfigError, defineConfig, type ConfigOf } from '@headrace/foundation';
import { errors } from '../errors.ts';
import { FileSourceTask } from './file-source-task.ts';

const keys = {
  file: {
    type: 'STRING',
    default: null,
    importance: 'HIGH',
    doc: 'File to read, on the worker that runs the task. Unlike in Kafka Connect it has to be given: a worker has no standard input.',
  },
  topic: {
    type: 'STRING',
    importance: 'HIGH',
    doc: 'Topic of the lines.',
    validate: (topic: string) => (topic === '' ? 'String must be non-empty' : undefined),
  },
  'batch.size': { type: 'INT', default: '2000', min: 1, importance: 'LOW', doc: 'Lines handed on at a time, at most.' },
} as const;

export type FileSourceConfig = ConfigOf<typeof keys>;

/** Kafka Connect's FileStreamSource: every whole line of a file is a record. One file, so one task. */
export const fileSource: SourceConnector<typeof keys> = defineSourceConnector({
  name: 'file-source',
  classNames: ['org.apache.kafka.connect.file.FileStreamSourceConnector'],
  version: '0.1.0',
  config: defineConfig(keys),
  validate: (config) =>
    config.file === null ? [{ key: 'file', message: 'Reading standard input is not supported: give the path of a file.' }] : [],
  planTasks: (raw) => [raw],
  createTask: (config, context) => new FileSourceTask(config, context),
  alterOffsets: (_config, positions) => {
    const problems = positions.flatMap(({ partition, offset }) => {
      if (Object.keys(partition).join() !== 'filename' || typeof partition['filename'] !== 'string')
        return [{ key: 'partition', message: 'Partition must be {"filename": path}.' }];
      const position = offset?.['position'];
      const isGood = offset === null || ((typeof position === 'number' || typeof position === 'bigint') && position >= 0);
      return isGood ? [] : [{ key: 'offset', message: 'Offset must be {"position": bytes}, not negative.' }];
    });
    if (problems.length > 0) throw new ConfigError(errors.invalid_config.code, problems);
  },
});

import { defineSourceConnector, type SourceConnector } from '@headrace/connector-api';
import { ConfigError, defineConfig } from '@headrace/foundation';
import { errors } from '../errors.ts';
import { fileSourceKeys } from './file-source-config.ts';
import { FileSourceTask } from './file-source-task.ts';

/** Kafka Connect's FileStreamSource: every whole line of a file is a record. One file, so one task. */
export const fileSource: SourceConnector<typeof fileSourceKeys> = defineSourceConnector({
  name: 'file-source',
  classNames: ['org.apache.kafka.connect.file.FileStreamSourceConnector'],
  version: '0.1.0',
  config: defineConfig(fileSourceKeys),
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

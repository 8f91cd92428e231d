import { parseSignal } from '@headrace/cdc';
import { ConfigError } from '@headrace/foundation';
import { defineSourceConnector, type SourceConnector } from '@headrace/connector-api';
import { postgresConfig, validatePostgres, type PostgresKeys } from './config.ts';
import { PostgresSourceTask } from './source-task.ts';
import { readOffset } from './start/offset.ts';

/** Capture of PostgreSQL, under the contract of Debezium's connector. One log, so one task. */
export const postgresSource: SourceConnector<PostgresKeys> = defineSourceConnector({
  name: 'postgres',
  classNames: ['io.debezium.connector.postgresql.PostgresConnector'],
  version: '0.1.0',
  config: postgresConfig,
  validate: validatePostgres,
  planTasks: (raw) => [raw],
  checkSignal: ({ id, type, data }) => {
    const signal = parseSignal(id, type, data);
    return typeof signal === 'string' ? signal : undefined;
  },
  createTask: (config, context) => new PostgresSourceTask(config, context),
  alterOffsets: (config, positions) => {
    const server = config['topic.prefix'];
    const problems = positions.flatMap(({ partition, offset }) => {
      if (partition['server'] !== server) return [{ key: 'partition', message: `Partition must be {"server":"${server}"}.` }];
      if (offset !== null && readOffset(offset) === null)
        return [{ key: 'offset', message: 'Offset must hold a number under lsn_commit, lsn_proc or lsn.' }];
      return [];
    });
    if (problems.length > 0) throw new ConfigError('config.invalid', problems);
  },
});

import { defineSourceConnector, type SourceConnector, type SourcePosition } from '@headrace/connector-api';
import { ConfigError, hasReaction } from '@headrace/foundation';
import { mysqlConfig, validateMysql, type MysqlKeys } from './config.ts';
import { mariadbDialect, mysqlDialect, type Dialect } from './dialect.ts';
import { errors } from './errors.ts';
import { MysqlSourceTask } from './source-task.ts';
import { isTablePartition } from './tables/table-memory.ts';
import { parseGtids, resumePointOf } from './streaming/log-position.ts';

const VERSION = '0.1.0';

const sourceOf = (dialect: Dialect, className: string): SourceConnector<MysqlKeys> =>
  defineSourceConnector({
    name: dialect.name,
    classNames: [className],
    version: VERSION,
    config: mysqlConfig(dialect.name),
    validate: validateMysql,
    // One server has one log: one task, whatever tasks.max says.
    planTasks: (raw) => [raw],
    createTask: (config, context) => new MysqlSourceTask(config, dialect, context),
    alterOffsets: (_config, positions) => {
      for (const position of positions) checkOffset(position, dialect);
    },
  });

const checkOffset = ({ partition, offset }: SourcePosition, dialect: Dialect): void => {
  if (offset === null || isTablePartition(partition)) return;
  try {
    parseGtids(resumePointOf(offset), dialect);
  } catch (error) {
    if (!hasReaction(error, 'task-failure')) throw error;
    throw new ConfigError(errors.position_invalid.code, [{ key: 'offset', message: error.message }], { cause: error });
  }
};

/** Captures a MySQL server: snapshot, then its binlog. */
export const mysqlSource: SourceConnector<MysqlKeys> = sourceOf(mysqlDialect, 'io.debezium.connector.mysql.MySqlConnector');

/** Captures a MariaDB server: snapshot, then its binlog. */
export const mariadbSource: SourceConnector<MysqlKeys> = sourceOf(mariadbDialect, 'io.debezium.connector.mariadb.MariaDbConnector');

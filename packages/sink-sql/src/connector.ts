import { defineSinkConnector, type SinkConnector } from '@headrace/connector-api';
import { sqlConfig, validateSqlConfig, type SqlConfigKeys } from './config.ts';
import { alterPositions, createSqlTask } from './create-sql-task.ts';
import { fieldsRead } from './record/record-form.ts';
import { compileTableName } from './record/table-name.ts';

/**
 * Applies change events to PostgreSQL, MySQL and MariaDB. Exactly-once: rows and offsets share a transaction, whose first
 * statement a stale owner cannot pass.
 */
export const sqlSink: SinkConnector<SqlConfigKeys> = defineSinkConnector({
  name: 'sql',
  classNames: ['io.debezium.connector.jdbc.JdbcSinkConnector'],
  version: '0.1.0',
  config: sqlConfig,
  isFenced: true,
  validate: validateSqlConfig,
  valueFields: (config) =>
    fieldsRead([
      ...(compileTableName(config['collection.name.format'], false).sourceFields.length > 0 ? ['source'] : []),
      ...(config['transaction.atomic'] ? ['transaction'] : []),
    ]),
  createTask: createSqlTask,
  alterPositions,
});

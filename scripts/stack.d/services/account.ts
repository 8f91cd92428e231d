/** The account every database of the stack has; it may do everything, replication included. */
export const account = { user: 'headrace', password: 'headrace', database: 'headrace' } as const;

/** Idempotent, run at every start of MariaDB and MySQL; kept out of the binary log that tests read. */
export const mysqlProvisioning: string = [
  'SET sql_log_bin = 0;',
  `CREATE DATABASE IF NOT EXISTS ${account.database};`,
  `CREATE USER IF NOT EXISTS '${account.user}'@'%' IDENTIFIED BY '${account.password}';`,
  `GRANT ALL PRIVILEGES ON *.* TO '${account.user}'@'%' WITH GRANT OPTION;`,
  '',
].join('\n');

import mysql from 'mysql2/promise';
import { withDatabase, type TextRow } from '../support/databases.ts';
import { mariadbSource } from '../support/product.ts';
import type { Servers } from '../support/stack.ts';
import { mysqlCommon } from './mysql-configurations.ts';
import { mysqlDeclared } from './mysql-declared.ts';
import { comparableOnMysql } from './mysql-told.ts';
import type { Stage } from './stage.ts';

const families = {
  mariadb: 'io.debezium.connector.mariadb.MariaDbConnector',
  mysql: 'io.debezium.connector.mysql.MySqlConnector',
} as const;

export type Family = keyof typeof families;

/** A fresh database of the family's server, in one session that takes several statements at once and zero dates. */
export const openMysqlStage = async (servers: Servers, family: Family, name: string): Promise<Stage> => {
  const url = family === 'mysql' ? servers.mysqlUrl : servers.mariadbUrl;
  const session = await mysql.createConnection({ uri: url, multipleStatements: true, charset: 'utf8mb4' });
  await session.query("SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES', time_zone = '+00:00'");
  await session.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  await session.query(`USE ${name}`);
  // A user of its own: what others read of the log does not count among the connectors of this stage.
  await session.query(`CREATE USER ${name} IDENTIFIED BY '${name}'; GRANT ALL ON *.* TO ${name}`);
  return {
    database: {
      run: async (sql) => {
        await session.query(sql);
      },
      rows: async (sql) => (await session.query<(mysql.RowDataPacket & TextRow)[]>(sql))[0],
    },
    path: name,
    opening: [],
    common: mysqlCommon,
    declared: mysqlDeclared,
    comparable: comparableOnMysql,
    source: (connector, options) => ({
      ...mariadbSource(withDatabase(url, name), connector, options),
      'connector.class': families[family],
      'database.user': name,
      'database.password': name,
      'schema.history.internal.kafka.bootstrap.servers': servers.kafkaBrokers.join(','),
      // No topic with the name of the connector, whose topics are compared.
      'schema.history.internal.kafka.topic': `history-${connector.toUpperCase()}`,
      // Three seconds by default, in which a broker that works for everybody may not answer.
      'schema.history.internal.kafka.query.timeout.ms': '60000',
    }),
    streaming: async () => {
      const [rows] = await session.query<mysql.RowDataPacket[]>(
        `SELECT 1 FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%' AND USER = '${name}'`,
      );
      return rows.length;
    },
    [Symbol.asyncDispose]: async () => {
      await session.query(`DROP DATABASE ${name}; DROP USER ${name}`);
      await session.end();
    },
  };
};

import { OwnPostgres, OwnServers } from '@headrace/testkit';
import { openMariadb, openPostgres, withDatabase, type Database } from './databases.ts';

/** Two servers that belong to one test, of which the second follows the first until it takes its place. */
export interface FailoverPair extends AsyncDisposable {
  readonly first: Database;
  readonly second: Database;
  /** With the second behind the first. */
  readonly jdbcUrl: string;
  /** From here on the second gets nothing more, as one that lags behind. */
  cutOff(): Promise<void>;
  /** The first is killed, and the second takes writes. */
  failOver(): Promise<void>;
}

const hostOf = ({ url }: Database): string => new URL(url).host;

export const postgresPair = async (): Promise<FailoverPair> => {
  await using owned = new AsyncDisposableStack();
  const primary = owned.use(await OwnPostgres.start());
  const standby = owned.use(await OwnPostgres.standbyOf(primary));
  const [first, second] = [openPostgres(primary.url), openPostgres(standby.url)];
  for (const database of [first, second]) owned.defer(() => database.close());
  const kept = owned.move();
  return {
    first,
    second,
    jdbcUrl: `jdbc:postgresql://${hostOf(first)},${hostOf(second)}/postgres`,
    cutOff: async () => {
      await second.run("ALTER SYSTEM SET primary_conninfo = ''");
      await second.run('SELECT pg_reload_conf()');
      while ((await first.rows('SELECT 1 FROM pg_stat_replication')).length > 0);
    },
    failOver: async () => {
      await primary.kill();
      await second.run('SELECT pg_promote()');
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
};

export const mariadbPair = async (): Promise<FailoverPair> => {
  await using owned = new AsyncDisposableStack();
  const [primary, replica] = [owned.use(await OwnServers.start(['mariadb'])), owned.use(await OwnServers.start(['mariadb']))];
  const open = (servers: OwnServers, database: string): Database => {
    const opened = openMariadb(withDatabase(servers.variable('MARIADB_URL'), database));
    owned.defer(() => opened.close());
    return opened;
  };
  const [firstAdmin, secondAdmin] = [open(primary, 'mysql'), open(replica, 'mysql')];
  const { hostname, port, username, password } = new URL(firstAdmin.url);
  const [done] = await firstAdmin.rows('SELECT @@global.gtid_binlog_pos AS gtids');
  for (const sql of [
    'SET GLOBAL server_id = 4242',
    'SET GLOBAL read_only = 1',
    `SET GLOBAL gtid_slave_pos = '${done?.['gtids'] ?? ''}'`,
    `CHANGE MASTER TO MASTER_HOST = '${hostname}', MASTER_PORT = ${port}, MASTER_USER = '${username}', MASTER_PASSWORD = '${password}', MASTER_USE_GTID = slave_pos`,
    'START SLAVE',
  ])
    await secondAdmin.run(sql);
  await firstAdmin.run('CREATE DATABASE copies CHARACTER SET utf8mb4');
  const [first, second] = [open(primary, 'copies'), open(replica, 'copies')];
  const kept = owned.move();
  return {
    first,
    second,
    jdbcUrl: `jdbc:mariadb://${hostOf(first)},${hostOf(second)}/copies`,
    cutOff: () => secondAdmin.run('STOP SLAVE'),
    failOver: async () => {
      await primary.kill('mariadb');
      await secondAdmin.run('SET GLOBAL read_only = 0');
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
};

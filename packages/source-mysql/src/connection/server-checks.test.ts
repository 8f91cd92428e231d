import { describe, expect, test } from '@jest/globals';
import { mariadbDialect, mysqlDialect, type Dialect } from '../dialect.ts';
import type { ServerConnection } from './open-connection.ts';
import { checkServer } from './server-checks.ts';

const good = { log_bin: 'ON', binlog_format: 'ROW', binlog_row_image: 'FULL', version: '10.11.6-MariaDB-log' };

const check = (settings: Record<string, string>, dialect: Dialect = mariadbDialect): Promise<void> => {
  const rows = Object.entries(settings).map(([name, value]) => ({ Variable_name: name, Value: value }));
  const connection = { query: () => Promise.resolve(rows) } as unknown as ServerConnection;
  return checkServer(connection, dialect, 'db:3306');
};

describe('settings of the server', () => {
  test('a server with a full row log is accepted, however the values are spelled', async () => {
    await expect(check(good)).resolves.toBeUndefined();
    await expect(check({ ...good, binlog_format: 'row' })).resolves.toBeUndefined();
  });

  test.each([
    ['log_bin', 'OFF'],
    ['binlog_format', 'MIXED'],
    ['binlog_format', 'STATEMENT'],
    ['binlog_row_image', 'MINIMAL'],
  ])('%s=%s is refused, and the sentence says what to set', async (name, value) => {
    await expect(check({ ...good, [name]: value })).rejects.toMatchObject({
      code: 'mysql.binlog_disabled',
      message: expect.stringMatching(new RegExp(`db:3306 has ${name}=${value}, .*Set ${name}=`)),
    });
  });

  test('a connector for the other family names the family that it found', async () => {
    await expect(check(good, mysqlDialect)).rejects.toThrow(/is MariaDB, but the connector is for MySQL/);
    await expect(check({ ...good, version: '8.4.0' })).rejects.toThrow(/is MySQL, but the connector is for MariaDB/);
  });
});

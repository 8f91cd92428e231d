import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { mysqlSource } from '../src/index.ts';
import { CaptureRun, changesOf, type TestServer } from './capture-run.ts';
import { purgeLog } from './log-place.ts';
import { createDatabase } from './test-database.ts';

/** Transactions of other servers in the log of this one, on either family. */
export const checkSourceFilter = (server: TestServer): void => {
  test('a transaction of a source that does not count is passed over, and may be gone from the log', async () => {
    await using db = await createDatabase(server);
    const stranger = server.connector === mysqlSource ? randomUUID() : '77';
    const as = server.connector === mysqlSource ? `SET gtid_next = '${stranger}:1'` : `SET gtid_domain_id = ${stranger}`;
    const again = server.connector === mysqlSource ? "SET gtid_next = 'AUTOMATIC'" : 'SET gtid_domain_id = 0';
    const own = server.connector === mysqlSource ? String((await db.sql('SELECT @@server_uuid AS uuid'))[0]?.['uuid']) : '0';
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)');
    const start = (more: Record<string, string>, offset: CaptureRun['offset'] = null): Promise<CaptureRun> =>
      CaptureRun.start(server.connector, db.config({ 'snapshot.mode': 'no_data', ...more }), offset);
    const ids = (run: CaptureRun): unknown[] => changesOf(run.records).map(({ after }) => after?.['id']);

    await using first = await start({});
    await db.sql('INSERT INTO t VALUES (1)');
    await first.take(1);
    await db.sql(as, 'INSERT INTO t VALUES (2)', again, 'INSERT INTO t VALUES (3)');
    const seen = async (more: Record<string, string>): Promise<unknown[]> => {
      await using run = await start(more, first.offset);
      await run.until(() => ids(run).includes(3));
      return ids(run);
    };
    expect(await seen({})).toEqual([2, 3]);
    expect(await seen({ 'gtid.source.excludes': stranger })).toEqual([3]);
    expect(await seen({ 'gtid.source.includes': own })).toEqual([3]);
    expect(await seen({ 'gtid.source.includes': own, 'gtid.source.filter.dml.events': 'false' })).toEqual([2, 3]);

    await using second = await start({ 'gtid.source.excludes': stranger });
    await db.sql('INSERT INTO t VALUES (4)');
    await second.take(1);
    const { offset } = second;
    await second[Symbol.asyncDispose]();
    const later = server.connector === mysqlSource ? `SET gtid_next = '${stranger}:2'` : as;
    await db.sql(later, 'INSERT INTO t VALUES (5)', again, 'FLUSH BINARY LOGS');
    await first[Symbol.asyncDispose]();
    await purgeLog(db);
    await expect(start({}, offset)).rejects.toMatchObject({ code: 'mysql.binlog_purged' });
    await using third = await start({ 'gtid.source.excludes': stranger }, offset);
    await db.sql('INSERT INTO t VALUES (6)');
    await third.take(1);
    expect(ids(third)).toEqual([6]);
  });
};

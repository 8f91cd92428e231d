import { expect, test } from '@jest/globals';
import { CaptureRun, type TestServer } from './capture-run.ts';
import { placeOf, purgeLog } from './log-place.ts';
import { createDatabase } from './test-database.ts';

/** What a log lacks is named, on either family of servers. */
export const checkLogFaults = (server: TestServer): void => {
  test.each([
    ['MINIMAL', 'UPDATE t SET a = 2'],
    ['NOBLOB', 'UPDATE t SET a = 2'],
    ['MINIMAL', 'DELETE FROM t'],
  ])('a row that binlog_row_image=%s has cut short names the table and the setting (%s)', async (image, change) => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY, a int, b text)', "INSERT INTO t VALUES (1, 1, 'x')");
    await using run = await CaptureRun.start(server.connector, db.config());
    await run.untilSnapshotDone();
    await db.sql(`SET SESSION binlog_row_image = '${image}'`, change);
    await expect(run.take(2)).rejects.toMatchObject({
      code: 'mysql.row_image_partial',
      message: expect.stringMatching(new RegExp(`${db.name}\\.t .*binlog_row_image=FULL`)),
    });
  });

  test('a place whose log the server has purged is named, with the cure, with GTIDs and without', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)');
    const { file, pos, gtids } = await placeOf(db);
    await db.sql('INSERT INTO t VALUES (1)', 'FLUSH BINARY LOGS', 'INSERT INTO t VALUES (2)', 'FLUSH BINARY LOGS');
    await purgeLog(db);
    for (const offset of [
      { file, pos, gtids },
      { file, pos },
    ]) {
      const start = CaptureRun.start(server.connector, db.config({ 'snapshot.mode': 'no_data' }), offset);
      await expect(start).rejects.toMatchObject({
        code: 'mysql.binlog_purged',
        message: expect.stringMatching(/snapshot\.mode=when_needed/),
      });
    }
  });
};

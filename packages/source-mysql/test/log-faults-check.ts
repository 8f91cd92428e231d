import { expect, test } from '@jest/globals';
import { Door } from '@headrace/testkit';
import { CaptureRun, changesOf, inClear, type TestServer } from './capture-run.ts';
import { placeOf, purgeLog } from './log-place.ts';
import { createDatabase } from './test-database.ts';

/** The mark that a server leaves where it could not log, as a packet of the stream. */
const incidentPacket = (hasChecksum: boolean): Buffer => {
  const INCIDENT = 26;
  const message = Buffer.from('\u0001\u0000\u0004LOST', 'latin1');
  const size = 19 + message.length + (hasChecksum ? 4 : 0);
  const event = Buffer.alloc(size);
  event.writeUInt8(INCIDENT, 4);
  event.writeUInt32LE(size, 9);
  message.copy(event, 19);
  const header = Buffer.alloc(5);
  header.writeUIntLE(size + 1, 0, 3);
  return Buffer.concat([header, event]);
};

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

  test('the mark of lost events is named, and nothing behind it is told', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)');
    const [checksum] = await db.sql('SELECT @@global.binlog_checksum AS name');
    await using door = await Door.before(db.config());
    await using run = await CaptureRun.start(
      server.connector,
      db.config({ ...door.config, ...inClear(server), 'snapshot.mode': 'no_data' }),
    );
    await db.sql('INSERT INTO t VALUES (1)');
    await run.take(1);
    door.say(incidentPacket(checksum?.['name'] === 'CRC32'));
    await expect(run.until(() => false)).rejects.toMatchObject({
      code: 'mysql.event_unsupported',
      reaction: 'task-failure',
      message: expect.stringMatching(/the mark of lost events at .*take a new snapshot/),
    });
    expect(changesOf(run.records).map(({ after }) => after)).toEqual([{ id: 1 }]);
  });
};

import { expect, test } from '@jest/globals';
import type { JsonMap } from '@headrace/connector-api';
import { CaptureRun, changesOf, type TestServer } from './capture-run.ts';
import { placeOf } from './log-place.ts';
import { createDatabase, type TestDatabase } from './test-database.ts';

/** Starts from a place that the server never had, as after a restored backup or on another server. */
const startingFrom = async (db: TestDatabase, offset: JsonMap): Promise<unknown> => {
  try {
    await using run = await CaptureRun.start(db.server.connector, db.config({ 'snapshot.mode': 'no_data' }), offset);
    for (let turn = 0; turn < 3; turn += 1) await run.poll();
  } catch (error) {
    return error;
  }
  return undefined;
};

/** A server that lacks what the offset says it had, of either family. */
export const checkOtherServer = (server: TestServer): void => {
  test('is told by the GTIDs, never gone on with', async () => {
    await using db = await createDatabase(server);
    const { gtids, ...offset } = await placeOf(db);
    const ahead = gtids.includes(':') ? `${gtids}:9000000-9000001` : gtids.replace(/\d+$/, '9000000');
    expect(await startingFrom(db, { ...offset, gtids: ahead })).toMatchObject({ code: 'mysql.position_ahead' });
  });

  test('is told by a file or a position that it does not have, where there are no GTIDs', async () => {
    await using db = await createDatabase(server);
    const { file, pos } = await placeOf(db);
    const next = file.replace(/\d+$/, '999999');
    expect(await startingFrom(db, { file: next, pos: 4 })).toMatchObject({ code: 'mysql.position_ahead' });
    expect(await startingFrom(db, { file, pos: pos + 1_000_000_000 })).toMatchObject({
      code: 'mysql.position_ahead',
    });
  });

  test('is read anew under snapshot.mode=when_needed', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)', 'INSERT INTO t VALUES (1)');
    const { file, pos } = await placeOf(db);
    const ahead = { file, pos: pos + 1_000_000_000 };
    await using run = await CaptureRun.start(db.server.connector, db.config({ 'snapshot.mode': 'when_needed' }), ahead);
    await run.take(1);
    expect(changesOf(run.records)).toMatchObject([{ op: 'r', after: { id: 1 } }]);
  });
};

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CaptureRun, changesOf, type TestServer } from './capture-run.ts';
import { createDatabase, type TestDatabase } from './test-database.ts';

const setMetadata = async (server: TestServer, value: string): Promise<void> => {
  await using db = await createDatabase(server);
  await db.sql(`SET GLOBAL binlog_row_metadata = '${value}'`);
};

/** A run that has read one row, stopped; then `statements` while nobody reads; then what another run tells of them. */
const afterPause = async (db: TestDatabase, statements: readonly string[], isRemembered = true): Promise<unknown[]> => {
  const config = db.config({ 'snapshot.mode': 'no_data' });
  await using first = await CaptureRun.start(db.server.connector, config);
  await db.sql('INSERT INTO t VALUES (1, 1, 1)');
  await first.until(() => changesOf(first.records).length === 1);
  await first[Symbol.asyncDispose]();
  await db.sql(...statements, 'CREATE TABLE finish (id int PRIMARY KEY)', 'INSERT INTO finish VALUES (1)');
  await using second = await CaptureRun.start(db.server.connector, config, first.offset, isRemembered ? first.tables : new Map());
  await second.until(() => changesOf(second.records).some(({ table }) => table === 'finish'));
  return changesOf(second.records)
    .filter(({ table }) => table === 't')
    .map(({ after }) => after);
};

/** Rows that were logged before an ALTER and are read after it, where the log names no columns. */
export const checkTableMemory = (server: TestServer): void => {
  beforeAll(async () => setMetadata(server, 'MINIMAL'));
  afterAll(async () => setMetadata(server, 'FULL'));

  test('have the columns of their time', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY, a int, b int)');
    const rows = await afterPause(db, [
      'INSERT INTO t VALUES (2, 2, 2)',
      'ALTER TABLE t DROP COLUMN a, ADD COLUMN c varchar(9), ADD COLUMN d int',
      "INSERT INTO t VALUES (3, 3, 'c', 3)",
    ]);
    expect(rows).toEqual([
      { id: 2, a: 2, b: 2 },
      { id: 3, b: 3, c: 'c', d: 3 },
    ]);
  });

  test('have the names of their time, where a column was renamed', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY, a int, b int)');
    const rows = await afterPause(db, [
      'INSERT INTO t VALUES (2, 2, 2)',
      'ALTER TABLE t CHANGE a renamed int',
      'INSERT INTO t VALUES (3, 3, 3)',
    ]);
    expect(rows).toEqual([
      { id: 2, a: 2, b: 2 },
      { id: 3, renamed: 3, b: 3 },
    ]);
  });

  test('fail the task, with the cure, where the shape is lost and the catalog has another', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY, a int, b int)');
    const statements = ['INSERT INTO t VALUES (2, 2, 2)', 'ALTER TABLE t DROP COLUMN a'];
    await expect(afterPause(db, statements, false)).rejects.toMatchObject({ code: 'mysql.schema_mismatch' });
  });

  test('need no shape that is stored where the table has not changed', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY, a int, b int)');
    expect(await afterPause(db, ['INSERT INTO t VALUES (2, 2, 2)'], false)).toEqual([{ id: 2, a: 2, b: 2 }]);
  });

  test('are read anew in the catalog after a statement that nobody understands', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY, a int)');
    await using run = await CaptureRun.start(db.server.connector, db.config({ 'snapshot.mode': 'no_data' }));
    await db.sql('INSERT INTO t VALUES (1, 1)');
    await run.take(1);
    // Nothing but the name of the table can be made out, and the rows look as before.
    await db.sql('/*!50001 ALTER TABLE t CHANGE a renamed int */', 'INSERT INTO t VALUES (2, 2)');
    await run.take(2);
    expect(changesOf(run.records).map(({ after }) => after)).toEqual([
      { id: 1, a: 1 },
      { id: 2, renamed: 2 },
    ]);
  });
};

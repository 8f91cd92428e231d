import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { CaptureRun, changesOf, testServer } from './capture-run.ts';
import { createDatabase } from './test-database.ts';

const server = testServer('MARIADB_URL');
const digest = (text: string): string => createHash('sha256').update(`pepper${text}`).digest('hex');

test('what is masked is seen neither in a snapshot nor in a change, old row or key', async () => {
  await using db = await createDatabase(server);
  await db.sql(
    'CREATE TABLE t (email varchar(30) PRIMARY KEY, card varchar(20), note text)',
    "INSERT INTO t VALUES ('a@secret', 'secret', 'abcdef')",
  );
  await using run = await CaptureRun.start(
    server.connector,
    db.config({
      'column.mask.hash.v2.SHA-256.with.salt.pepper': '.*\\.t\\.email',
      'column.mask.with.3.chars': '.*\\.t\\.card',
      'column.truncate.to.2.chars': '.*\\.t\\.note',
      'column.propagate.source.type': '.*\\.t\\.card',
    }),
  );
  await run.untilSnapshotDone();
  await db.sql("UPDATE t SET note = 'xyz'", 'DELETE FROM t');
  await run.take(4);
  const email = digest('a@secret').slice(0, 30);
  const [read, update, removed] = changesOf(run.records);
  expect(read).toMatchObject({ key: { email }, after: { email, card: '***', note: 'ab' } });
  expect(update).toMatchObject({ before: { email, card: '***', note: 'ab' }, after: { note: 'xy' } });
  expect(removed).toMatchObject({ key: { email }, before: { email, card: '***' } });
  const value = run.records[0]?.valueSchema;
  const row = value?.type === 'struct' ? value.fields.find(({ name }) => name === 'after')?.schema : undefined;
  expect(row?.type === 'struct' && row.fields.find(({ name }) => name === 'card')?.schema.parameters).toEqual({
    masked: 'true',
    '__debezium.source.column.type': 'VARCHAR',
    '__debezium.source.column.length': '20',
    '__debezium.source.column.name': 'card',
  });
});

import { describe, expect, test } from '@jest/globals';
import type { Struct } from '@headrace/connector-api';
import { createDatabase, startRun, summary, valueOf } from './harness.ts';

describe('PostgreSQL capture', () => {
  test('existing rows come first, then changes, with nothing between lost or twice', async () => {
    await using db = await createDatabase();
    await db.sql('CREATE TABLE t (id serial PRIMARY KEY, note text)');
    await db.sql("INSERT INTO t (note) VALUES ('a'), ('b'), ('c')");
    await using run = await startRun(db.config);
    await db.sql("INSERT INTO t (note) VALUES ('d')");
    await run.untilSnapshotDone();
    await db.sql("UPDATE t SET note = 'A' WHERE id = 1");
    await db.sql('DELETE FROM t WHERE id = 2');
    await run.untilRecords(7);
    expect(summary(run.records)).toEqual([
      ['r', { id: 1 }, { id: 1, note: 'a' }],
      ['r', { id: 2 }, { id: 2, note: 'b' }],
      ['r', { id: 3 }, { id: 3, note: 'c' }],
      ['c', { id: 4 }, { id: 4, note: 'd' }],
      ['u', { id: 1 }, { id: 1, note: 'A' }],
      ['d', { id: 2 }, null],
      [null, { id: 2 }, null],
    ]);
    expect(run.records.map((record) => record.topic)).toEqual(Array(7).fill('d.public.t'));
  });

  test('snapshot rows are marked first to last over all tables', async () => {
    await using db = await createDatabase();
    await db.sql('CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY); CREATE TABLE empty (id int PRIMARY KEY)');
    await db.sql('INSERT INTO a VALUES (1), (2), (3); INSERT INTO b VALUES (1), (2), (3)');
    await using run = await startRun({ ...db.config, 'table.exclude.list': 'public\\.empty' });
    await run.untilSnapshotDone();
    expect(run.records.map((record) => (valueOf(record).get('source') as Struct).get('snapshot'))).toEqual([
      'first',
      'true',
      'last_in_data_collection',
      'first_in_data_collection',
      'true',
      'last',
    ]);
  });

  test('no row is the first of a snapshot whose first table is empty, as with Debezium', async () => {
    await using db = await createDatabase();
    await db.sql('CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY); INSERT INTO b VALUES (1), (2)');
    await using run = await startRun(db.config);
    await run.untilSnapshotDone();
    expect(run.records.map((record) => (valueOf(record).get('source') as Struct).get('snapshot'))).toEqual([
      'first_in_data_collection',
      'last',
    ]);
  });
});

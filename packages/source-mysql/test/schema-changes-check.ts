import { expect, test } from '@jest/globals';
import type { SourceRecord, Struct } from '@headrace/connector-api';
import { CaptureRun, changesOf, type TestServer } from './capture-run.ts';
import { createDatabase, type TestDatabase } from './test-database.ts';

interface TableChange {
  readonly type: string;
  readonly id: string;
  readonly table: { readonly columns: readonly Record<string, unknown>[]; readonly primaryKeyColumnNames: readonly string[] } | null;
}

interface SchemaChange {
  readonly ddl: string;
  readonly databaseName: string;
  readonly source: Record<string, unknown>;
  readonly tableChanges: readonly TableChange[];
}

const valueOf = (record: SourceRecord): SchemaChange => (record.value as Struct).toObject() as unknown as SchemaChange;
const toldOf = (run: CaptureRun): readonly SchemaChange[] => run.records.filter(({ topic }) => topic === 'p').map(valueOf);

/** Statement, then what it did to which table and the columns it has after it. */
const brief = (changes: readonly SchemaChange[]): unknown[] =>
  changes.map(({ ddl, tableChanges }) => [
    ddl.split(/[\n(]/)[0]?.trim(),
    ...tableChanges.map(({ type, id, table }) => [type, id.split('.')[1], table?.columns.map((column) => column['name']).join()]),
  ]);

const start = async (db: TestDatabase, more: Record<string, string> = {}): Promise<CaptureRun> =>
  CaptureRun.start(db.server.connector, db.config({ 'include.schema.changes': 'true', ...more }));

/** The topic of schema changes, on either family of servers. */
export const checkSchemaChanges = (server: TestServer): void => {
  test('begins with the tables of the snapshot, ahead of their rows', async () => {
    await using db = await createDatabase(server);
    await db.sql(
      "CREATE TABLE t (id int unsigned AUTO_INCREMENT PRIMARY KEY, note varchar(20) NOT NULL DEFAULT 'x' COMMENT 'said', e enum('a','b'), n decimal(8,2)) COMMENT 'of tests'",
      "INSERT INTO t (e) VALUES ('b')",
    );
    await using run = await start(db, { 'include.schema.comments': 'true' });
    await run.untilSnapshotDone();
    expect(toldOf(run).map(({ ddl }) => ddl.split('\n')[0])).toEqual([
      expect.stringMatching(/^SET character_set_server=utf8mb4, collation_server=utf8mb4_/),
      `DROP TABLE IF EXISTS \`${db.name}\`.\`t\``,
      `DROP DATABASE IF EXISTS \`${db.name}\``,
      expect.stringMatching(`CREATE DATABASE \`${db.name}\` CHARSET utf8mb4 COLLATE utf8mb4_`),
      `USE \`${db.name}\``,
      'CREATE TABLE `t` (',
    ]);
    expect(run.records.at(-1)?.topic).toBe(`p.${db.name}.t`);
    const [change] = toldOf(run).at(-1)?.tableChanges ?? [];
    expect(change).toMatchObject({
      type: 'CREATE',
      id: `"${db.name}"."t"`,
      table: {
        defaultCharsetName: 'utf8mb4',
        primaryKeyColumnNames: ['id'],
        comment: 'of tests',
        columns: [
          { name: 'id', jdbcType: 4, typeName: 'INT UNSIGNED', position: 1, optional: false, autoIncremented: true, generated: true },
          {
            name: 'note',
            jdbcType: 12,
            typeName: 'VARCHAR',
            charsetName: 'utf8mb4',
            length: 20,
            position: 2,
            comment: 'said',
            defaultValueExpression: 'x',
          },
          { name: 'e', jdbcType: 1, typeName: 'ENUM', length: 1, enumValues: ["'a'", "'b'"], optional: true },
          { name: 'n', jdbcType: 3, typeName: 'DECIMAL', length: 8, scale: 2 },
        ],
      },
    });
  });

  test('tells what happens to captured tables, and nothing of others', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)');
    await using run = await start(db, { 'snapshot.mode': 'no_data', 'table.include.list': '.*\\.(t|u|_t_.*)' });
    const tell = async (sql: string): Promise<void> => {
      const before = toldOf(run).length;
      await db.sql(sql);
      await run.until(() => toldOf(run).length > before);
    };
    await tell('ALTER TABLE t ADD COLUMN a int');
    await tell('CREATE INDEX i ON t (a)');
    await tell('CREATE TABLE u LIKE t');
    await db.sql('CREATE TABLE unseen (id int)', 'CREATE VIEW v AS SELECT * FROM t');
    await tell('DROP TABLE u');
    await db.sql('INSERT INTO t VALUES (1, 1)');
    await run.until(() => changesOf(run.records).length === 1);
    expect(brief(toldOf(run))).toEqual([
      ['ALTER TABLE t ADD COLUMN a int', ['ALTER', '"t"', 'id,a']],
      ['CREATE INDEX i ON t', ['ALTER', '"t"', 'id,a']],
      ['CREATE TABLE u LIKE t', ['CREATE', '"u"', 'id,a']],
      [`DROP TABLE \`${db.name}\`.\`u\``, ['DROP', '"u"', undefined]],
    ]);
    expect(toldOf(run)[0]).toMatchObject({ databaseName: db.name, source: { db: db.name, table: 't', snapshot: 'false' } });
    expect(changesOf(run.records)[0]?.after).toEqual({ id: 1, a: 1 });

    await using quiet = await start(db, { 'snapshot.mode': 'no_data', 'include.schema.changes': 'false' });
    await db.sql('ALTER TABLE t ADD COLUMN b int', 'INSERT INTO t VALUES (2, 2, 2)');
    await quiet.until(() => changesOf(quiet.records).length === 1);
    expect(toldOf(quiet)).toEqual([]);
  });

  test('tells the renames of an online schema change, and rows follow in the new shape', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)', 'INSERT INTO t VALUES (1)');
    await using run = await start(db, { 'snapshot.mode': 'no_data', 'table.include.list': '.*\\.t' });
    await db.sql(
      'CREATE TABLE _t_gho LIKE t',
      "ALTER TABLE _t_gho ADD COLUMN extra varchar(9) DEFAULT 'd'",
      'INSERT INTO _t_gho (id) SELECT id FROM t',
      'RENAME TABLE t TO _t_del, _t_gho TO t',
      "INSERT INTO t VALUES (2, 'new')",
      'DROP TABLE _t_del',
    );
    await run.until(() => changesOf(run.records).length === 1);
    expect(changesOf(run.records).map(({ after }) => after)).toEqual([{ id: 2, extra: 'new' }]);
    const renames = toldOf(run).filter(({ ddl }) => ddl.startsWith('RENAME'));
    expect(brief(renames)).toEqual([
      ['RENAME TABLE t TO _t_del', expect.anything()],
      ['RENAME TABLE _t_gho TO t', ['ALTER', '"t"', 'id,extra']],
    ]);
  });
};

import { expect, test } from '@jest/globals';
import { CaptureRun, changesOf, type Change, type TestServer } from './capture-run.ts';
import { createDatabase, type TestDatabase } from './test-database.ts';
import { randomOf } from './workload.ts';

type Random = (below: number) => number;

/** Long enough that a change is shorter than the document: only then the server logs the change. */
const filling = 'x'.repeat(300);
const documents = [
  `JSON_OBJECT('id', 1, 'list', JSON_ARRAY(1, 2, JSON_ARRAY(), '${filling}'), 'deep', JSON_OBJECT('a', JSON_OBJECT('b', NULL)))`,
  `JSON_ARRAY('${filling}', JSON_OBJECT('a b', 1, '"', 2, 'ü.[0]', 3, '', 4), JSON_ARRAY(1, 2, 3))`,
  `JSON_OBJECT('at', CAST('2024-02-29 23:59:59.5' AS DATETIME(6)), 'sum', CAST(12.50 AS DECIMAL(10,2)), 'text', REPEAT('y', 70000))`,
  'NULL',
];
const values = [
  '1',
  '-70000',
  '3000000000',
  '18446744073709551615',
  '0.5',
  'TRUE',
  "'text'",
  `REPEAT('z', 200)`,
  'CAST(NULL AS JSON)',
  'JSON_ARRAY()',
  "JSON_OBJECT('k', JSON_ARRAY(1, 'two'), 'kk', 3)",
  "CAST('12:00:00.25' AS TIME(6))",
  'CAST(99.99 AS DECIMAL(6,2))',
];
const names = ['a', 'b', 'k', 'longer', 'a b', '"', 'ü.[0]', '$x', 'it\u2019s', ''];

const sqlText = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

/** Leads to a member that the document has, most times, or to one that it could have. */
const pathInto = (document: unknown, random: Random): string => {
  let path = '$';
  let at: unknown = document;
  do {
    if (typeof at !== 'object' || at === null) return path;
    if (Array.isArray(at)) {
      const index = random(at.length + 1);
      path += random(3) === 0 && index < at.length ? `[last-${String(at.length - 1 - index)}]` : `[${String(index)}]`;
      at = at[index];
    } else {
      const known = Object.keys(at);
      const name = (random(3) === 0 ? names[random(names.length)] : known[random(known.length)]) ?? 'a';
      path += `.${JSON.stringify(name)}`;
      at = (at as Record<string, unknown>)[name];
    }
  } while (random(4) > 0);
  return path;
};

/** The column, changed by one or several calls. */
const changedColumn = (document: unknown, random: Random): string => {
  let sql = 'v';
  for (let calls = 1 + random(3); calls > 0; calls -= 1) {
    const call =
      ['JSON_SET', 'JSON_SET', 'JSON_REPLACE', 'JSON_REMOVE', 'JSON_INSERT', 'JSON_ARRAY_APPEND'][
        random(20) === 0 ? 4 + random(2) : random(4)
      ] ?? '';
    const path = pathInto(document, random);
    if (call === 'JSON_REMOVE') sql = path === '$' ? sql : `JSON_REMOVE(${sql}, ${sqlText(path)})`;
    else sql = `${call}(${sql}, ${sqlText(path)}, ${values[random(values.length)] ?? '1'})`;
  }
  return sql;
};

interface Row {
  readonly id: number;
  readonly text: string | null;
}

const rowsOf = async (db: TestDatabase): Promise<readonly Row[]> =>
  (await db.sql('SELECT id, CAST(v AS CHAR) AS text FROM t ORDER BY id')) as unknown as readonly Row[];

const parsed = (text: unknown): unknown => (typeof text === 'string' ? (JSON.parse(text) as unknown) : null);

/** Changes one row, which is filled anew where little is left of its document. What the server has of it then. */
const changeOne = async (db: TestDatabase, random: Random): Promise<unknown> => {
  const id = random(documents.length);
  const before = (await rowsOf(db))[id]?.text ?? '';
  const column = before.length < filling.length ? documents[id] : changedColumn(parsed(before), random);
  const more = random(4) === 0 ? ", w = JSON_SET(w, '$.w[1]', n)" : '';
  await db.sql(`UPDATE t SET n = n + 1, v = ${column ?? 'v'}${more} WHERE id = ${String(id)}`);
  return parsed((await rowsOf(db))[id]?.text);
};

/** How many events of the log hold partial rows. */
const partialEvents = async (db: TestDatabase): Promise<number> => {
  const files = await db.sql('SHOW BINARY LOGS');
  const events = await db.sql(`SHOW BINLOG EVENTS IN '${String(files.at(-1)?.['Log_name'])}'`);
  return events.filter(({ Event_type: type }) => type === 'Update_rows_partial').length;
};

/** Each old image, which the server logs as a whole, is what the row's last change was told to end in: to the letter. */
const expectOneStory = (changes: readonly Change[]): void => {
  const last = new Map<unknown, unknown>();
  for (const { before, after } of changes) {
    if (before !== null) expect(before['v']).toBe(last.get(before['id']));
    if (after !== null) last.set(after['id'], after['v']);
  }
};

/** MySQL with binlog_row_value_options=PARTIAL_JSON. */
export const checkPartialDocuments = (server: TestServer): void => {
  test('are told as whole ones, whatever was changed in them, and from any stored offset', async () => {
    await using db = await createDatabase(server);
    await db.sql(
      'CREATE TABLE t (id int PRIMARY KEY, v json, n int DEFAULT 0, w json)',
      "SET SESSION binlog_row_value_options = 'PARTIAL_JSON'",
    );
    await using run = await CaptureRun.start(server.connector, db.config({ 'snapshot.mode': 'no_data', 'max.batch.size': '7' }));
    for (const [id, document] of documents.entries()) {
      await db.sql(`INSERT INTO t VALUES (${String(id)}, ${document}, 0, '{"w": [1, 2, 3], "filling": "${filling}"}')`);
    }
    const random = randomOf(27);
    const selected: unknown[] = [];
    for (let round = 0; round < 120; round += 1) selected.push(await changeOne(db, random));
    // Several rows in one event, and their old images for the last time.
    await db.sql(
      "UPDATE t SET n = n + 1, w = JSON_SET(w, '$.w[0]', n)",
      "SET SESSION binlog_row_value_options = ''",
      'UPDATE t SET n = n + 1',
    );
    expect(await partialEvents(db)).toBeGreaterThan(100);
    const total = documents.length + selected.length + 2 * documents.length;
    await run.take(total);
    const changes = changesOf(run.records);
    expect(changes.slice(documents.length, documents.length + selected.length).map(({ after }) => parsed(after?.['v']))).toEqual(selected);
    expectOneStory(changes);

    const { offset = null, count = 0 } = run.marks.find((mark) => mark.count > total / 2) ?? {};
    await using rest = await CaptureRun.start(server.connector, db.config({ 'snapshot.mode': 'no_data' }), offset);
    await rest.take(total - count);
    expect(changesOf(rest.records).map(({ after }) => after)).toEqual(changes.slice(count).map(({ after }) => after));
  });

  test('are refused where the old image lacks the document', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY, v json)', `INSERT INTO t VALUES (1, '{"a": 1, "filling": "${filling}"}')`);
    await using run = await CaptureRun.start(server.connector, db.config());
    await run.untilSnapshotDone();
    await db.sql(
      "SET SESSION binlog_row_value_options = 'PARTIAL_JSON', binlog_row_image = 'MINIMAL'",
      "UPDATE t SET v = JSON_SET(v, '$.a', 3)",
    );
    await expect(run.take(2)).rejects.toMatchObject({
      code: 'mysql.row_image_partial',
      message: expect.stringMatching(/table .*\.t at .*binlog_row_image=FULL/),
    });
  });
};

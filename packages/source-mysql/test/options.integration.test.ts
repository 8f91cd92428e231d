import { describe, expect, test } from '@jest/globals';
import type { SourceRecord, StructSchema } from '@headrace/connector-api';
import type { RawConfig } from '@headrace/foundation';
import { CaptureRun, changesOf, testServer, type Change } from './capture-run.ts';
import { createDatabase, type TestDatabase } from './test-database.ts';

const server = testServer('MARIADB_URL');

interface Told {
  readonly records: readonly SourceRecord[];
  readonly changes: readonly Change[];
}

/** What is told of `before`, which the snapshot finds, and of `after`, which is streamed. */
const told = async (more: RawConfig, before: readonly string[], after: readonly string[] = []): Promise<Told> => {
  await using db = await createDatabase(server);
  await db.sql(...before, 'CREATE TABLE finish (id int PRIMARY KEY)');
  return await toldIn(db, more, after);
};

const toldIn = async (db: TestDatabase, more: RawConfig, after: readonly string[]): Promise<Told> => {
  await using run = await CaptureRun.start(server.connector, db.config(more));
  await run.untilSnapshotDone();
  await db.sql(...after, 'INSERT INTO finish VALUES (1)');
  const isFinish = ({ topic }: SourceRecord): boolean => topic.endsWith('finish');
  await run.until(() => run.records.some(isFinish));
  const records = run.records.slice(0, run.records.findIndex(isFinish));
  return { records, changes: changesOf(records) };
};

const rowOf = (record: SourceRecord | undefined): StructSchema => {
  const schema = (record?.valueSchema as StructSchema).fields.find(({ name }) => name === 'after')?.schema;
  return schema as StructSchema;
};

const valueUnder = async (more: RawConfig, type: string, literal: string): Promise<unknown> => {
  const { changes } = await told(
    more,
    [`CREATE TABLE t (id int PRIMARY KEY, v ${type})`, `INSERT INTO t VALUES (1, ${literal})`],
    [`INSERT INTO t VALUES (2, ${literal})`],
  );
  const [read, created] = changes.map(({ after }) => after?.['v']);
  expect(created).toEqual(read);
  return read;
};

const T = ['CREATE TABLE t (id int PRIMARY KEY, a int, b varchar(9))', "INSERT INTO t VALUES (1, 2, 'x')"];

describe('an option of the connector', () => {
  test.each<[RawConfig, string, string, unknown]>([
    [{ 'decimal.handling.mode': 'string' }, 'decimal(5,2)', '1.50', '1.50'],
    [{ 'decimal.handling.mode': 'double' }, 'decimal(5,2)', '1.50', 1.5],
    [{ 'binary.handling.mode': 'hex' }, 'varbinary(4)', "x'00ff'", '00ff'],
    [{ 'binary.handling.mode': 'base64' }, 'varbinary(4)', "x'00ff'", 'AP8='],
    [{ 'time.precision.mode': 'isostring' }, 'date', "'2020-01-02'", '2020-01-02Z'],
    [{ 'time.precision.mode': 'connect' }, 'datetime(6)', "'1970-01-01 00:00:01.5'", 1_500],
    [{ 'bigint.unsigned.handling.mode': 'long' }, 'bigint unsigned', '18446744073709551615', -1],
    [{ 'enable.time.adjuster': 'true' }, 'date', "'0070-01-01'", 0],
    [{ 'enable.time.adjuster': 'false' }, 'date', "'0070-01-01'", -693_960],
    [{ 'event.converting.failure.handling.mode': 'warn', 'time.precision.mode': 'nanoseconds' }, 'datetime', "'1000-01-01'", null],
  ])('%j decides what a value looks like, read and streamed (%s %s: %p)', async (more, type, literal, expected) => {
    expect(await valueUnder(more, type, literal)).toEqual(expected);
  });

  test('bigint.unsigned.handling.mode=precise keeps what 63 bits cannot hold', async () => {
    const value = await valueUnder(
      { 'bigint.unsigned.handling.mode': 'precise', 'decimal.handling.mode': 'string' },
      'bigint unsigned',
      '18446744073709551615',
    );
    expect(value).toBeInstanceOf(Uint8Array);
    expect(Buffer.from(value as Uint8Array).toString('hex')).toBe('00ffffffffffffffff');
  });

  test('event.converting.failure.handling.mode=fail names the column', async () => {
    await expect(valueUnder({ 'time.precision.mode': 'nanoseconds' }, 'datetime', "'1000-01-01'")).rejects.toMatchObject({
      code: 'mysql.value_unconvertible',
      message: expect.stringMatching(/\.t\.v holds a value/),
    });
  });

  test.each<[RawConfig, readonly string[]]>([
    [{ 'column.include.list': '.*\\.t\\.b' }, ['id', 'b']],
    [{ 'column.exclude.list': '.*\\.t\\.b' }, ['id', 'a']],
  ])('%j chooses columns, the key always among them', async (more, names) => {
    const { changes } = await told(more, T, ["INSERT INTO t VALUES (2, 3, 'y')"]);
    expect(changes.map(({ after }) => Object.keys(after ?? {}))).toEqual([names, names]);
  });

  test.each<[RawConfig, readonly string[]]>([
    [{ 'table.include.list': '.*\\.(t|finish)' }, ['t']],
    [{ 'table.exclude.list': '.*\\.u' }, ['t']],
    [{ 'snapshot.include.collection.list': '.*\\.u' }, ['u']],
  ])('%j chooses the tables of the snapshot', async (more, tables) => {
    const { changes } = await told(more, [...T, 'CREATE TABLE u (id int PRIMARY KEY)', 'INSERT INTO u VALUES (1)']);
    expect(changes.map(({ table }) => table)).toEqual(tables);
  });

  test.each([
    ['database.include.list', (name: string): string => name],
    ['database.exclude.list', (name: string): string => `(?!${name}$).*`],
  ])('%s decides which databases are captured', async (option, pattern) => {
    await using other = await createDatabase(server);
    await other.sql(...T);
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE finish (id int PRIMARY KEY)');
    const { changes } = await toldIn(db, { 'database.include.list': '', [option]: pattern(db.name) }, [
      `INSERT INTO ${other.name}.t VALUES (2, 3, 'y')`,
    ]);
    expect(changes).toEqual([]);
  });

  test('message.key.columns names other keys', async () => {
    const { changes } = await told({ 'message.key.columns': '.*\\.t:b,a' }, T, ['UPDATE t SET a = 5 WHERE id = 1']);
    expect(changes.map(({ op, key }) => [op, key])).toEqual([
      ['r', { b: 'x', a: 2 }],
      ['d', { b: 'x', a: 2 }],
      ['c', { b: 'x', a: 5 }],
    ]);
  });

  test('skipped.operations takes a change of the key for an update', async () => {
    const changeKey = ['UPDATE t SET id = 9'];
    expect((await told({ 'skipped.operations': 'u' }, T, changeKey)).changes.map(({ op }) => op)).toEqual(['r']);
    expect((await told({ 'skipped.operations': 'd' }, T, changeKey)).changes.map(({ op }) => op)).toEqual(['r', 'd', 'c']);
  });

  test('skip.messages.without.change leaves updates out that change no captured column', async () => {
    const options = { 'skip.messages.without.change': 'true', 'column.exclude.list': '.*\\.t\\.a' };
    const { changes } = await told(options, T, ['UPDATE t SET a = 5', "UPDATE t SET b = 'y'"]);
    expect(changes.map(({ op, after }) => [op, after?.['b']])).toEqual([
      ['r', 'x'],
      ['u', 'y'],
    ]);
  });

  test('tombstones.on.delete=false: nothing follows a delete', async () => {
    const { records } = await told({ 'tombstones.on.delete': 'false' }, T, ['DELETE FROM t']);
    expect(records).toHaveLength(2);
  });

  test.each<[RawConfig, string | undefined, string | undefined]>([
    [{ 'include.schema.comments': 'true' }, 'said', undefined],
    [{ 'datatype.propagate.source.type': '.*\\.VARCHAR' }, undefined, 'VARCHAR'],
    [{ 'column.propagate.source.type': '.*\\.t\\.v' }, undefined, 'VARCHAR'],
    [{}, undefined, undefined],
  ])('%j: fields tell a comment (%p) and a type (%p)', async (more, doc, type) => {
    const { records } = await told(more, [
      "CREATE TABLE t (id int PRIMARY KEY, v varchar(9) COMMENT 'said')",
      "INSERT INTO t VALUES (1, 'x')",
    ]);
    const schema = rowOf(records[0]).fields[1]?.schema;
    expect(schema?.doc).toBe(doc);
    expect(schema?.parameters?.['__debezium.source.column.type']).toBe(type);
  });

  test.each<[RawConfig, string, string]>([
    [{ 'topic.delimiter': '-' }, 'p-DB-a_b', 'p-DB-a_b.Value'],
    [{ 'schema.name.adjustment.mode': 'avro', 'topic.delimiter': '-' }, 'p-DB-a_b', 'p_DB_a_b.Value'],
    [{ 'field.name.adjustment.mode': 'avro' }, 'p.DB.a_b', 'p.DB.a_b.Value'],
  ])('%j decides on names: topic %s, schema %s', async (more, topic, name) => {
    await using db = await createDatabase(server);
    await db.sql(
      'CREATE TABLE a_b (id int PRIMARY KEY, `x y` int)',
      'INSERT INTO a_b VALUES (1, 1)',
      'CREATE TABLE finish (id int PRIMARY KEY)',
    );
    const { records } = await toldIn(db, more, []);
    expect(records[0]?.topic.replace(db.name, 'DB')).toBe(topic);
    expect(rowOf(records[0]).name?.replace(db.name, 'DB')).toBe(name);
    expect(rowOf(records[0]).fields[1]?.name).toBe('field.name.adjustment.mode' in more ? 'x_y' : 'x y');
  });

  test('topic.naming.strategy: a Unicode form keeps characters apart that topics cannot have', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE a_b (id int PRIMARY KEY)', 'INSERT INTO a_b VALUES (1)', 'CREATE TABLE finish (id int PRIMARY KEY)');
    const strategy = { 'topic.naming.strategy': 'io.debezium.schema.SchemaUnicodeTopicNamingStrategy' };
    expect((await toldIn(db, strategy, [])).records[0]?.topic).toMatch(/\.a_u005fb$/);
  });

  test('extended.headers.enabled=false leaves the headers away; headrace.reported.version is what the source block says', async () => {
    const { records, changes } = await told({ 'extended.headers.enabled': 'false', 'headrace.reported.version': '1.2.3' }, T);
    expect(records[0]?.headers).toEqual([]);
    expect(changes[0]?.source['version']).toBe('1.2.3');
    expect((await told({}, T)).records[0]?.headers.length).toBeGreaterThan(0);
  });

  test('include.query puts the statement into the source block', async () => {
    const { changes } = await told({ 'include.query': 'true' }, T, ['UPDATE t SET a = 77']);
    expect(changes.at(-1)?.source['query']).toBe('UPDATE t SET a = 77');
    expect((await told({}, T, ['UPDATE t SET a = 77'])).changes.at(-1)?.source['query']).toBeNull();
  });

  test.each<[RawConfig, string]>([
    [{}, '__debezium-heartbeat.p'],
    [{ 'topic.heartbeat.prefix': 'pulse' }, 'pulse.p'],
    [{ 'topic.heartbeat.name': 'alive' }, 'alive'],
  ])('heartbeat.interval.ms sends heartbeats; %j names their topic %s', async (more, topic) => {
    await using db = await createDatabase(server);
    await using run = await CaptureRun.start(
      server.connector,
      db.config({ 'heartbeat.interval.ms': '50', 'snapshot.mode': 'no_data', ...more }),
    );
    await run.until(() => run.records.some((record) => record.topic === topic));
  });

  test('snapshot.select.statement.overrides chooses the rows of the snapshot', async () => {
    await using db = await createDatabase(server);
    await db.sql(...T, "INSERT INTO t VALUES (2, 3, 'y')", 'CREATE TABLE finish (id int PRIMARY KEY)');
    const select = `SELECT * FROM ${db.name}.t WHERE id > 1`;
    const options = {
      'snapshot.select.statement.overrides': `${db.name}.t`,
      [`snapshot.select.statement.overrides.${db.name}.t`]: select,
    };
    expect((await toldIn(db, options, [])).changes.map(({ after }) => after?.['id'])).toEqual([2]);
  });

  test('max.queue.size.in.bytes bounds what of the log one batch is made of', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY, v text)');
    const config = db.config({ 'snapshot.mode': 'no_data', 'max.queue.size.in.bytes': '2000' });
    await using run = await CaptureRun.start(server.connector, config);
    for (const id of [1, 2, 3, 4]) await db.sql(`INSERT INTO t VALUES (${String(id)}, REPEAT('x', 2000))`);
    await run.take(4);
    expect(run.marks.map(({ count }) => count)).toEqual(expect.arrayContaining([1, 2, 3, 4]));
  });

  test('snapshot.delay.ms holds the snapshot back, streaming.delay.ms the log', async () => {
    await using db = await createDatabase(server);
    await db.sql(...T);
    const delays = { 'snapshot.delay.ms': '300', 'streaming.delay.ms': '700' };
    await using run = await CaptureRun.start(server.connector, db.config(delays));
    await run.untilSnapshotDone();
    // What starting took would say little on a busy machine.
    expect(run.sleeps[0]).toBe(300);
    const read = performance.now();
    await db.sql("INSERT INTO t VALUES (2, 3, 'y')");
    await run.take(2);
    expect(performance.now() - read).toBeGreaterThan(650);
  });

  test.each([
    ['ascending', ['b', 'a']],
    ['descending', ['a', 'b']],
    ['disabled', ['a', 'b']],
  ])('snapshot.tables.order.by.row.count=%s orders tables by their estimated sizes', async (order, tables) => {
    const { changes } = await told({ 'snapshot.tables.order.by.row.count': order }, [
      'CREATE TABLE a (id int PRIMARY KEY)',
      'INSERT INTO a VALUES (1), (2), (3)',
      'CREATE TABLE b (id int PRIMARY KEY)',
      'INSERT INTO b VALUES (1)',
      'ANALYZE TABLE a, b',
    ]);
    expect([...new Set(changes.map(({ table }) => table))]).toEqual(tables);
  });

  test('configuration_based reads and streams as its flags say', async () => {
    const based = { 'snapshot.mode': 'configuration_based' };
    await using db = await createDatabase(server);
    await db.sql(...T);
    const reads = db.config({ ...based, 'snapshot.mode.configuration.based.snapshot.data': 'true' });
    await using reading = await CaptureRun.start(server.connector, reads);
    await reading.untilSnapshotDone();
    const goesOn = { ...based, 'snapshot.mode.configuration.based.start.stream': 'true' };
    await using streaming = await CaptureRun.start(server.connector, db.config(goesOn));
    const both = db.config({ ...goesOn, 'snapshot.mode.configuration.based.snapshot.data': 'true' });
    await using whole = await CaptureRun.start(server.connector, both);
    await whole.untilSnapshotDone();
    await db.sql("INSERT INTO t VALUES (2, 3, 'y')");
    await streaming.take(1);
    expect(changesOf(streaming.records).map(({ op, after }) => [op, after?.['id']])).toEqual([['c', 2]]);
    await whole.take(2);
    expect(changesOf(whole.records).map(({ op, after }) => [op, after?.['id']])).toEqual([
      ['r', 1],
      ['c', 2],
    ]);
    await reading.poll();
    expect(changesOf(reading.records).map(({ op, after }) => [op, after?.['id']])).toEqual([['r', 1]]);
  });

  test('database.initial.statements run on every connection', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE seen (n int)');
    await using run = await CaptureRun.start(
      server.connector,
      db.config({ 'database.initial.statements': `INSERT INTO ${db.name}.seen VALUES (1); SET @x = 1`, 'snapshot.mode': 'no_data' }),
    );
    await run.poll();
    expect((await db.sql('SELECT COUNT(*) AS n FROM seen'))[0]?.['n']).toBeGreaterThan(1);
  });

  test('a query ends after database.query.timeout.ms', async () => {
    await using db = await createDatabase(server);
    const options = { 'database.query.timeout.ms': '300', 'database.initial.statements': 'SELECT SLEEP(30)' };
    await expect(CaptureRun.start(server.connector, db.config(options))).rejects.toMatchObject({
      code: 'mysql.unreachable',
      message: expect.stringMatching(/within 300 ms \(database\.query\.timeout\.ms\)/),
    });
  });

  test('table.ignore.builtin=false captures the tables of the server itself', async () => {
    const builtin = { 'database.include.list': 'mysql', 'table.include.list': 'mysql\\.time_zone_name' };
    const start = async (more: RawConfig): Promise<number> => {
      await using db = await createDatabase(server);
      await db.sql("INSERT IGNORE INTO mysql.time_zone_name VALUES ('Headrace/Test', 1)");
      await using run = await CaptureRun.start(server.connector, db.config({ ...builtin, ...more }));
      await run.untilSnapshotDone();
      await db.sql("DELETE FROM mysql.time_zone_name WHERE Name = 'Headrace/Test'");
      return run.records.length;
    };
    expect(await start({})).toBe(0);
    expect(await start({ 'table.ignore.builtin': 'false' })).toBeGreaterThan(0);
  });
});

import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Door } from '@headrace/testkit';
import { describe, expect, test } from '@jest/globals';
import { createDatabase, eventually, startRun } from './harness.ts';

describe('a lost database', () => {
  test('is tried errors.max.retries times, with pauses of retriable.restart.connector.wait.ms at most', async () => {
    await using db = await createDatabase();
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)');
    await using door = await Door.before(db.config);
    await using run = await startRun({
      ...db.config,
      ...door.config,
      'database.sslmode': 'disable',
      'errors.max.retries': '9',
      'retriable.restart.connector.wait.ms': '20',
    });
    await run.untilSnapshotDone();
    door.close();
    const startedAt = performance.now();
    await expect(run.until(() => false, 60_000)).rejects.toMatchObject({ code: 'postgres.connection_failed', reaction: 'task-failure' });
    // The stream that is opened behind the snapshot finds it closed, then nine attempts do.
    expect(door.turnedAway).toBe(10);
    // Pauses that double from 200 ms on would take more than twenty seconds.
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });

  test('is not back with a stream that it ends at once: the attempts are counted on', async () => {
    await using db = await createDatabase();
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)');
    await using door = await Door.before(db.config);
    const raw = { 'database.sslmode': 'disable', 'errors.max.retries': '4', 'retriable.restart.connector.wait.ms': '20' };
    await using run = await startRun({ ...db.config, ...door.config, ...raw });
    await run.untilSnapshotDone();
    door.throwOutAfter('START_REPLICATION');
    await expect(run.until(() => false, 60_000)).rejects.toMatchObject({ code: 'postgres.connection_failed', reaction: 'task-failure' });
    // The stream behind the snapshot, and four attempts.
    expect(door.thrownOut).toBe(5);
  });
});

/** How many connections of this process to the port the kernel keeps alive by probes, and how many not. */
const connectionsTo = async (port: number): Promise<{ readonly probed: number; readonly silent: number }> => {
  const files = await readdir('/proc/self/fd');
  const own = new Set(await Promise.all(files.map((file) => readlink(`/proc/self/fd/${file}`).catch(() => ''))));
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/self/net/${name}`, 'utf8').catch(() => '')));
  const timers = tables
    .flatMap((table) => table.trim().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, , remote, , , , , , , inode]) => Number.parseInt(remote?.split(':')[1] ?? '', 16) === port && own.has(`socket:[${inode ?? ''}]`),
    )
    .map(([, , , , , timer]) => timer?.slice(0, 2));
  const probed = timers.filter((timer) => timer === KEEP_ALIVE).length;
  return { probed, silent: timers.length - probed };
};

/** Kind of a socket's pending timer in the kernel's tables. */
const KEEP_ALIVE = '02';

describe('connections to the server', () => {
  test.each([
    ['true', { probed: 2, silent: 0 }],
    ['false', { probed: 0, silent: 2 }],
  ])('under database.tcpKeepAlive=%s are, or are not, probed by the kernel', async (value, expected) => {
    await using db = await createDatabase();
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)');
    const before = await connectionsTo(Number(db.config['database.port']));
    await using run = await startRun({ ...db.config, 'database.tcpKeepAlive': value });
    await run.untilSnapshotDone();
    await run.step();
    // One for the queries, one for the log.
    await eventually(async () => {
      const { probed, silent } = await connectionsTo(Number(db.config['database.port']));
      expect({ probed: probed - before.probed, silent: silent - before.silent }).toEqual(expected);
    });
  });
});

describe('a slot that another session holds', () => {
  test('is waited for as long as slot.max.retries times slot.retry.delay.ms', async () => {
    await using db = await createDatabase();
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)');
    await using stranger = await startRun(db.config, { connector: 'other' });
    await stranger.untilSnapshotDone();
    await stranger.step();
    const waited = async (retries: string, delay: string): Promise<number> => {
      const startedAt = performance.now();
      const raw = { ...db.config, 'slot.max.retries': retries, 'slot.retry.delay.ms': delay };
      await expect(startRun(raw, { offset: stranger.offset })).rejects.toMatchObject({ code: 'postgres.slot_in_use' });
      return performance.now() - startedAt;
    };
    const none = await waited('0', '60000');
    expect(none).toBeLessThan(10_000);
    expect(await waited('3', '500')).toBeGreaterThan(1_500);
  });
});

describe('a file of signals', () => {
  test('is looked at every signal.poll.interval.ms', async () => {
    await using db = await createDatabase();
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)');
    const folder = await mkdtemp(join(tmpdir(), 'signals-'));
    const file = join(folder, 'signals.txt');
    const raw = { 'signal.enabled.channels': 'file', 'signal.file': file, 'signal.poll.interval.ms': '50' };
    await using run = await startRun({ ...db.config, ...raw });
    await run.untilSnapshotDone();
    const startedAt = performance.now();
    for (const id of ['first', 'second', 'third']) {
      await writeFile(file, `${JSON.stringify({ id, type: 'log', data: { message: id } })}\n`);
      await run.until(() => run.log.some(({ message }) => message === `Signal: ${id}`));
      await eventually(async () => {
        expect(await readFile(file, 'utf8')).toBe('');
      });
    }
    // By default there are five seconds between two looks.
    expect(performance.now() - startedAt).toBeLessThan(9_000);
    await rm(folder, { recursive: true });
  });
});

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Door } from '@headrace/testkit';
import { describe, expect, test } from '@jest/globals';
import { ServerSocket } from '../src/connection/server-socket.ts';
import { CaptureRun, testServer } from './capture-run.ts';
import { createDatabase } from './test-database.ts';

const server = testServer('MARIADB_URL');

/** How the command for a log begins whose place is told by a GTID: COM_BINLOG_DUMP from position 4 on. */
const BINLOG_DUMP = Buffer.from([0x12, 4, 0, 0, 0]);

const listening = async (stranger: Server): Promise<number> => {
  await new Promise<void>((resolve) => {
    stranger.listen(0, '127.0.0.1', resolve);
  });
  return (stranger.address() as AddressInfo).port;
};

describe('a server that is away', () => {
  test('is tried errors.max.retries times, with pauses of retriable.restart.connector.wait.ms at most', async () => {
    await using db = await createDatabase(server);
    await using door = await Door.before(db.config());
    await using run = await CaptureRun.start(
      server.connector,
      db.config({
        ...door.config,
        'snapshot.mode': 'no_data',
        'errors.max.retries': '9',
        'retriable.restart.connector.wait.ms': '20',
      }),
    );
    door.close();
    const startedAt = performance.now();
    await expect(run.until(() => false, 60_000)).rejects.toMatchObject({ code: 'mysql.outage_too_long', reaction: 'task-failure' });
    expect(door.turnedAway).toBe(9);
    // Pauses that double from 200 ms on would take more than twenty seconds.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test('is not back with a log that it ends at once: the attempts are counted on', async () => {
    await using db = await createDatabase(server);
    await using door = await Door.before(db.config());
    const raw = { 'snapshot.mode': 'no_data', 'errors.max.retries': '4', 'retriable.restart.connector.wait.ms': '20' };
    door.throwOutAfter(BINLOG_DUMP);
    await using run = await CaptureRun.start(server.connector, db.config({ ...door.config, ...raw }));
    await expect(run.until(() => false, 60_000)).rejects.toMatchObject({ code: 'mysql.outage_too_long', reaction: 'task-failure' });
    expect(door.thrownOut).toBe(5);
  });

  test('and takes connections without a word is given up after connect.timeout.ms', async () => {
    await using db = await createDatabase(server);
    await using silent = createServer();
    const port = String(await listening(silent));
    const startedAt = performance.now();
    const options = { 'database.hostname': '127.0.0.1', 'database.port': port, 'connect.timeout.ms': '400' };
    await expect(CaptureRun.start(server.connector, db.config(options))).rejects.toMatchObject({ code: 'mysql.unreachable' });
    const waited = performance.now() - startedAt;
    expect(waited).toBeGreaterThan(390);
    // Without the option it is half a minute.
    expect(waited).toBeLessThan(15_000);
  });

  test('and has stopped to speak is taken for lost, after what it had said', async () => {
    await using stranger = createServer((client) => client.write(Buffer.from([2, 0, 0, 0, 7, 8])));
    using socket = new ServerSocket(connect(await listening(stranger), '127.0.0.1'), 'here');
    socket.expectTraffic(200);
    const { signal } = new AbortController();
    expect([...(await socket.take(signal))]).toEqual([7, 8]);
    await expect(socket.take(signal)).rejects.toMatchObject({ code: 'mysql.unreachable' });
  });
});

describe('a file of signals', () => {
  test('is looked at every signal.poll.interval.ms', async () => {
    await using db = await createDatabase(server);
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)');
    const folder = await mkdtemp(join(tmpdir(), 'signals-'));
    const file = join(folder, 'signals.txt');
    const raw = { 'signal.enabled.channels': 'file', 'signal.file': file, 'signal.poll.interval.ms': '50' };
    await using run = await CaptureRun.start(server.connector, db.config({ ...raw, 'snapshot.mode': 'no_data' }));
    const startedAt = performance.now();
    for (const id of [1, 2, 3]) {
      await writeFile(file, `${JSON.stringify({ id: String(id), type: 'log', data: { message: 'hello' } })}\n`);
      // The task looks when it is polled; a row lets it come round.
      await db.sql(`INSERT INTO t VALUES (${String(id)})`);
      do await run.poll();
      while ((await readFile(file, 'utf8')) !== '' && performance.now() - startedAt < 30_000);
    }
    // By default there are five seconds between two looks.
    expect(performance.now() - startedAt).toBeLessThan(9_000);
    await rm(folder, { recursive: true });
  });
});

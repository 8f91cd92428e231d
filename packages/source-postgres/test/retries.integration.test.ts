import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createDatabase, eventually, startRun, type TestDatabase } from './harness.ts';

/** A door in front of the server, which counts those it turns away. */
class Door implements AsyncDisposable {
  turnedAway = 0;
  #isOpen = true;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((client) => {
    this.#enter(client);
  });
  readonly #target: { readonly host: string; readonly port: number };

  constructor({ config }: TestDatabase) {
    this.#target = { host: config['database.hostname'] ?? '', port: Number(config['database.port']) };
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return String((this.#server.address() as AddressInfo).port);
  }

  close(): void {
    this.#isOpen = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #enter(client: Socket): void {
    if (!this.#isOpen) {
      this.turnedAway += 1;
      client.destroy();
      return;
    }
    const server = connect(this.#target);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => other.destroy());
      socket.pipe(other);
    }
  }
}

describe('a lost database', () => {
  test('is tried errors.max.retries times, with pauses of retriable.restart.connector.wait.ms at most', async () => {
    await using db = await createDatabase();
    await db.sql('CREATE TABLE t (id int PRIMARY KEY)');
    await using door = new Door(db);
    const port = await door.listen();
    await using run = await startRun({
      ...db.config,
      'database.hostname': '127.0.0.1',
      'database.port': port,
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
    // Pauses that double from 200 ms on would take more than a minute.
    expect(performance.now() - startedAt).toBeLessThan(20_000);
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

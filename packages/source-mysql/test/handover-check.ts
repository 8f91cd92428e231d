import { expect } from '@jest/globals';
import { Struct } from '@headrace/connector-api';
import { createLatch, hasReaction, type RawConfig } from '@headrace/foundation';
import { Door } from '@headrace/testkit';
import { CaptureRun, changesOf, type Change, type TestServer } from './capture-run.ts';
import { createDatabase, type TestDatabase } from './test-database.ts';
import { createWorkTable, randomOf, replay, tableRows, writeWork } from './workload.ts';

/** Whether the row that a test writes last has been seen. */
const sawEnd = (run: CaptureRun): (() => boolean) => {
  let looked = 0;
  let found = false;
  return () => {
    for (; looked < run.records.length; looked += 1) {
      const key = run.records[looked]?.key;
      found ||= key instanceof Struct && key.get('id') === END;
    }
    return found;
  };
};

const END = 1_000_000;

/** A snapshot in small pieces while others write, then the log: each change exactly once, in order, for the whole table. */
export const checkHandover = async (server: TestServer, more: RawConfig = {}): Promise<void> => {
  await using db = await createDatabase(server);
  await createWorkTable(db);
  await writeWork(db, 1, 40);
  const writing = writeWork(db, 2, 150, 1_000);
  await using run = await CaptureRun.start(server.connector, db.config({ 'snapshot.fetch.size': '5', 'max.batch.size': '4', ...more }));
  await run.untilSnapshotDone();
  await writing;
  await db.sql(`INSERT INTO work VALUES (${String(END)}, 1, 'end')`);
  await run.until(sawEnd(run));
  const changes = changesOf(run.records);
  const { rows, violations } = replay(changes);
  expect(violations).toEqual([]);
  expect(new Map([...rows].sort(([left], [right]) => left - right))).toEqual(await tableRows(db));
  expect(changes.filter(({ op }) => op === 'r').length).toBeGreaterThan(0);
  expect(changes.filter(({ op }) => op !== 'r').length).toBeGreaterThan(0);
};

const essence = ({ op, key, before, after, source }: Change): unknown => ({
  op,
  key,
  before,
  after,
  place: [source['file'], source['pos'], source['row'], source['gtid'], source['ts_us']],
});

/**
 * From every kind of stored offset (between transactions, between events and between rows of one event) a new task gives
 * exactly the rest: nothing lost, nothing twice, down to the places in the source blocks. `alter` changes the offset first.
 */
export const checkRestarts = async (server: TestServer, alter = (offset: Record<string, unknown>) => offset): Promise<void> => {
  await using db = await createDatabase(server);
  await createWorkTable(db);
  const config = { 'snapshot.mode': 'no_data', 'max.batch.size': '2', 'tombstones.on.delete': 'false' };
  await using run = await CaptureRun.start(server.connector, db.config(config));
  await run.poll();
  await writeWork(db, 3, 40);
  await db.sql(`INSERT INTO work VALUES (${String(END)}, 1, 'end')`);
  await run.until(sawEnd(run));
  const whole = changesOf(run.records).map(essence);
  const inside = run.marks.filter(({ offset }) => offset['event'] !== undefined);
  const between = run.marks.filter(({ offset, count }) => offset['event'] === undefined && count < whole.length);
  expect(inside.some(({ offset }) => offset['row'] !== undefined)).toBe(true);
  const random = randomOf(4);
  const chosen = [inside, inside, inside, inside, between, between].flatMap((marks) => marks[random(marks.length)] ?? []);
  // How often a batch ends between transactions is up to the machine; inside of one it is not.
  expect(chosen.length).toBeGreaterThanOrEqual(4);
  for (const { offset, count } of chosen) {
    await using again = await CaptureRun.start(server.connector, db.config(config), alter(offset) as typeof offset);
    await again.until(sawEnd(again));
    expect({ offset, changes: changesOf(again.records).map(essence) }).toEqual({ offset, changes: whole.slice(count) });
  }
};

/** Lets a run live for a while. `sawAll`: there is nothing more to come. */
type Live = (poll: () => Promise<unknown>, sawAll: () => boolean) => Promise<void>;

const LIVES = 60;

/** One run after the other, each from the last one's offset, while others write: nothing is lost or told twice in the log. */
const checkLives = async (db: TestDatabase, seed: number, config: RawConfig, live: Live): Promise<void> => {
  await createWorkTable(db);
  await writeWork(db, seed, 30);
  const isRead = createLatch();
  const write = async (): Promise<void> => {
    await writeWork(db, seed + 1, 60, 1_000);
    // However fast this is, something is left for the log.
    await isRead.promise;
    await writeWork(db, seed + 2, 60, 100_000);
    await db.sql(`INSERT INTO work VALUES (${String(END)}, 1, 'end')`);
  };
  const writing = write();
  let offset: CaptureRun['offset'] = null;
  const changes: Change[] = [];
  let loose = 0;
  let isDone = false;
  for (let lives = 0; lives < LIVES && !isDone; lives += 1) {
    await using run: CaptureRun = await CaptureRun.start(db.server.connector, db.config(config), offset);
    const wasInSnapshot = offset === null || offset['snapshot'] !== undefined;
    const sawAll = sawEnd(run);
    const poll = async (): Promise<void> => {
      await run.poll();
      if (run.offset !== null && run.offset['snapshot'] === undefined) isRead.resolve();
    };
    if (lives < LIVES - 1) await live(poll, sawAll);
    else while (!sawAll()) await poll();
    isDone = sawAll();
    offset = run.offset;
    if (wasInSnapshot) loose = changes.length + changesOf(run.records).length;
    changes.push(...changesOf(run.records));
  }
  await writing;
  const { rows, violations } = replay(changes, loose);
  expect(violations).toEqual([]);
  expect(new Map([...rows].sort(([left], [right]) => left - right))).toEqual(await tableRows(db));
};

const small = { 'snapshot.fetch.size': '5', 'max.batch.size': '3' };

/** A task that is ended again and again, in the snapshot and in the log, and goes on from its last offset. */
export const checkRandomStops = async (server: TestServer, seed: number, more: RawConfig = {}): Promise<void> => {
  await using db = await createDatabase(server);
  const random = randomOf(seed);
  await checkLives(db, seed, { ...small, ...more }, async (poll, sawAll) => {
    for (let polls = 1 + random(12); polls > 0 && !sawAll(); polls -= 1) await poll();
  });
};

/** Every connection to the server breaks again and again: the log is gone on with, a snapshot by the next run. */
export const checkBrokenNetwork = async (server: TestServer, seed: number, more: RawConfig = {}): Promise<void> => {
  await using db = await createDatabase(server);
  await using door = await Door.before(db.config());
  const random = randomOf(seed);
  let broken = 0;
  await checkLives(db, seed, { ...small, ...more, ...door.config }, async (poll, sawAll) => {
    while (!sawAll()) {
      if (random(10) === 0) {
        door.break();
        broken += 1;
      }
      try {
        await poll();
      } catch (error) {
        if (hasReaction(error, 'retry')) return;
        throw error;
      }
    }
  });
  expect(broken).toBeGreaterThan(5);
};

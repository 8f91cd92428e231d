import { expect } from '@jest/globals';
import { Struct } from '@headrace/connector-api';
import type { RawConfig } from '@headrace/foundation';
import { CaptureRun, changesOf, type Change, type TestServer } from './capture-run.ts';
import { createDatabase } from './test-database.ts';
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

/** A task that is ended again and again, in the snapshot and in the log, and goes on from its last offset. */
export const checkRandomStops = async (server: TestServer, seed: number): Promise<void> => {
  await using db = await createDatabase(server);
  await createWorkTable(db);
  await writeWork(db, seed, 30);
  const random = randomOf(seed);
  const config = { 'snapshot.fetch.size': '5', 'max.batch.size': '3' };
  const writing = writeWork(db, seed + 1, 100, 1_000).then(() => db.sql(`INSERT INTO work VALUES (${String(END)}, 1, 'end')`));
  let offset: CaptureRun['offset'] = null;
  const changes: Change[] = [];
  let loose = 0;
  let isDone = false;
  for (let left = 60; left > 0 && !isDone; left -= 1) {
    await using run: CaptureRun = await CaptureRun.start(server.connector, db.config(config), offset);
    const wasInSnapshot = offset === null || offset['snapshot'] !== undefined;
    const end = sawEnd(run);
    for (let polls = left > 1 ? 1 + random(12) : 2_000; polls > 0 && !isDone; polls -= 1) {
      await run.poll();
      isDone = end();
    }
    offset = run.offset;
    if (wasInSnapshot) loose = changes.length + changesOf(run.records).length;
    changes.push(...changesOf(run.records));
  }
  await writing;
  const { rows, violations } = replay(changes, loose);
  expect(isDone).toBe(true);
  expect(violations).toEqual([]);
  expect(new Map([...rows].sort(([left], [right]) => left - right))).toEqual(await tableRows(db));
};

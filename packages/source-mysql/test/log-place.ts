import { CaptureRun } from './capture-run.ts';
import type { TestDatabase } from './test-database.ts';

/** An offset, as far as tests look at it. */
export interface Place {
  readonly file: string;
  readonly pos: number;
  readonly gtids: string;
}

/** Where the log ends. */
export const placeOf = async (db: TestDatabase): Promise<Place> => {
  await using run = await CaptureRun.start(db.server.connector, db.config());
  await run.untilSnapshotDone();
  return run.offset as unknown as Place;
};

/** Removes every file of the log but the one that is written; a reader that has just left may hold one for a moment. */
export const purgeLog = async (db: TestDatabase): Promise<void> => {
  for (const deadline = performance.now() + 20_000; performance.now() < deadline;) {
    const files = await db.sql('SHOW BINARY LOGS');
    if (files.length === 1) return;
    await db.sql(`PURGE BINARY LOGS TO '${String(files.at(-1)?.['Log_name'])}'`, 'SELECT SLEEP(0.2)');
  }
  throw new Error('The server keeps files of its log that nobody reads.');
};

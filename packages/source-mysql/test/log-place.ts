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

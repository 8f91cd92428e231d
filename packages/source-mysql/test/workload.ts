/** Writers on a table whose rows have a version that grows, and the judge of what a capture made of it. */
import type { Connection } from 'mysql2/promise';
import type { Change } from './capture-run.ts';
import type { TestDatabase } from './test-database.ts';

export const createWorkTable = (db: TestDatabase): Promise<unknown> =>
  db.sql('CREATE TABLE work (id int PRIMARY KEY, version bigint NOT NULL, note varchar(50))');

/** A generator of numbers that a seed determines. */
export const randomOf = (seed: number): ((below: number) => number) => {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};

/** One transaction of one to five writes, each of one or many rows; one in eight is rolled back. */
const transaction = async (client: Connection, random: (below: number) => number, version: () => number): Promise<void> => {
  await client.query('START TRANSACTION');
  for (let left = 1 + random(5); left > 0; left -= 1) {
    const id = 1 + random(60);
    switch (random(4)) {
      case 0:
        await client.query('DELETE FROM work WHERE id = ?', [id]);
        break;
      case 1:
        await client.query('UPDATE work SET version = ? WHERE id BETWEEN ? AND ?', [version(), id, id + 8]);
        break;
      default:
        await client.query("INSERT INTO work VALUES (?, ?, 'w') ON DUPLICATE KEY UPDATE version = VALUES(version)", [id, version()]);
    }
  }
  await client.query(random(8) === 0 ? 'ROLLBACK' : 'COMMIT');
};

/** Runs `count` transactions, one after another. */
export const writeWork = async (db: TestDatabase, seed: number, count: number, firstVersion = 1): Promise<void> => {
  const client = await db.connect();
  const random = randomOf(seed);
  let version = firstVersion;
  try {
    for (let left = count; left > 0; left -= 1) await transaction(client, random, () => (version += 1));
  } finally {
    await client.end();
  }
};

/** Why an event does not fit what is known of its key; undefined: it fits. */
const misfitOf = ({ op, before }: Change, known: number | undefined): string | undefined => {
  if (known === undefined) return op === 'c' || op === 'r' ? undefined : `${op} of a row that is not there`;
  if (op === 'c' || op === 'r') return `${op} of a row that is there`;
  return Number(before?.['version']) === known ? undefined : `${op} of a version that is not the known ${String(known)}`;
};

/**
 * Rows that replaying the events leaves, and every way in which a key went backwards or an event did not fit. The first
 * `loose` events come from a snapshot in several runs: it may read rows again, and the log may name rows still to be read.
 */
export const replay = (changes: readonly Change[], loose = 0): { rows: ReadonlyMap<number, number>; violations: readonly string[] } => {
  const rows = new Map<number, number>();
  const highest = new Map<number, number>();
  const violations: string[] = [];
  for (const [index, change] of changes.entries()) {
    const id = Number(change.key?.['id']);
    const version = Number((change.after ?? change.before)?.['version']);
    const past = highest.get(id) ?? 0;
    const misfit = index < loose ? undefined : misfitOf(change, rows.get(id));
    if (misfit !== undefined) violations.push(`${String(id)}: ${misfit}`);
    if (version < past) violations.push(`${String(id)}: ${change.op} back from ${String(past)} to ${String(version)}`);
    highest.set(id, Math.max(past, version));
    if (change.after === null) rows.delete(id);
    else rows.set(id, version);
  }
  return { rows, violations };
};

export const tableRows = async (db: TestDatabase): Promise<ReadonlyMap<number, number>> =>
  new Map((await db.sql('SELECT id, version FROM work ORDER BY id')).map((row) => [Number(row['id']), Number(row['version'])]));

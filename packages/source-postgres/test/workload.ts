/** Writers that own disjoint keys, so that versions of a row grow in commit order. */
import type pg from 'pg';
import type { TestDatabase } from './harness.ts';

/** A small generator of pseudo-random numbers (mulberry32): a seed repeats a run. */
export const randomOf = (seed: number): ((below: number) => number) => {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
};

export const createTables = async (db: TestDatabase, rows: number): Promise<void> => {
  await db.sql(`
    CREATE TABLE a (id int PRIMARY KEY, part int NOT NULL DEFAULT 0, version int NOT NULL, note text);
    CREATE TABLE b (part int, id text, version int NOT NULL, note text, PRIMARY KEY (part, id));
    INSERT INTO a SELECT n, 0, 1, 'initial' FROM generate_series(1, ${String(rows)}) n;
    INSERT INTO b SELECT n % 4, 'k' || n, 1, 'initial' FROM generate_series(1, ${String(rows)}) n;
  `);
};

const KEYS = 400;

/** Random transactions until stopped: 1 to 40 changes each, on both tables, some rolled back, some with a savepoint. */
const write = async (
  client: pg.Client,
  writer: number,
  writers: number,
  options: { seed: number; isStopped: () => boolean },
): Promise<number> => {
  const random = randomOf(options.seed * 31 + writer);
  let transactions = 0;
  while (!options.isStopped()) {
    await client.query('BEGIN');
    for (let change = random(40); change >= 0; change -= 1) {
      if (random(15) === 0) await client.query('SAVEPOINT s');
      await client.query(statement(random, random(KEYS) * writers + writer + 1));
    }
    await client.query(random(8) === 0 ? 'ROLLBACK' : 'COMMIT');
    transactions += 1;
  }
  return transactions;
};

/** Does the work while two writers change the tables. */
export const underLoad = async (db: TestDatabase, seed: number, work: () => Promise<void>): Promise<void> => {
  const clients = await Promise.all([db.connect(), db.connect()]);
  let isStopped = false;
  const writers = clients.map((client, index) => write(client, index, clients.length, { seed, isStopped: () => isStopped }));
  try {
    await work();
  } finally {
    isStopped = true;
    await Promise.all(writers);
    await Promise.all(clients.map((client) => client.end()));
  }
};

const statement = (random: (below: number) => number, id: number): string => {
  const key = String(id);
  const note = `n${String(random(1_000_000))}`;
  switch (random(10)) {
    case 0:
      return `DELETE FROM a WHERE id = ${key}`;
    case 1:
      return `DELETE FROM b WHERE part = ${String(id % 4)} AND id = 'k${key}'`;
    case 2:
    case 3:
      return `INSERT INTO b VALUES (${String(id % 4)}, 'k${key}', nextval('versions'), '${note}')
              ON CONFLICT (part, id) DO UPDATE SET version = excluded.version, note = excluded.note`;
    case 4:
    case 5:
      return `INSERT INTO a VALUES (${key}, 0, nextval('versions'), '${note}')
              ON CONFLICT (id) DO UPDATE SET version = excluded.version, note = excluded.note`;
    case 6:
      return `UPDATE b SET version = nextval('versions'), note = '${note}' WHERE part = ${String(id % 4)} AND id = 'k${key}'`;
    default:
      return `UPDATE a SET version = nextval('versions'), note = '${note}' WHERE id = ${key}`;
  }
};

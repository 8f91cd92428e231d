/**
 * How fast a task decodes: snapshot of N rows of ten columns, then N changes (50 % insert, 40 % update, 10 % delete) that
 * wait in the slot, read without a consumer. Prints microseconds of this process's CPU per change.
 *
 *     node --conditions=@headrace/source --cpu-prof packages/source-postgres/test/bench/stream.ts [rows]
 */
import type { RawConfig } from '@headrace/foundation';
import { createDatabase, startRun, type TestDatabase, type TestRun } from '../harness.ts';

const rows = Number(process.argv[2] ?? 200_000);

/** Reads until the count is reached, keeping nothing. */
const drain = async (run: TestRun, label: string, count: number): Promise<void> => {
  const cpu = process.cpuUsage();
  const thread = process.threadCpuUsage();
  const startedAt = performance.now();
  let seen = 0;
  let batches = 0;
  while (seen < count) {
    const batch = await run.task.poll(run.signal);
    if (batch === null) continue;
    seen += batch.records.filter((record) => record.value !== null).length;
    batches += 1;
    run.offset = batch.positions.at(-1)?.offset ?? run.offset;
  }
  const { user, system } = process.cpuUsage(cpu);
  const own = process.threadCpuUsage(thread);
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(
    JSON.stringify({
      case: label,
      changes: seen,
      cpuMicrosPerChange: Number(((user + system) / seen).toFixed(2)),
      mainThreadMicrosPerChange: Number(((own.user + own.system) / seen).toFixed(2)),
      mainThreadSystemMicrosPerChange: Number((own.system / seen).toFixed(2)),
      changesPerSecond: Math.round(seen / seconds),
      recordsPerBatch: Math.round(seen / batches),
      rssMiB: Math.round(process.memoryUsage.rss() / 1_048_576),
    }),
  );
};

const table = `
  CREATE TABLE orders (
    id bigserial PRIMARY KEY, customer int NOT NULL, status text NOT NULL, total numeric(12,2) NOT NULL, paid boolean NOT NULL,
    placed_at timestamptz NOT NULL, due date, note varchar(80), weight double precision, reference uuid)`;

const insert = (count: number): string => `
  INSERT INTO orders (customer, status, total, paid, placed_at, due, note, weight, reference)
  SELECT n % 1000, 'shipped', n * 1.25, n % 2 = 0, now(), '2026-01-01', 'note number ' || n, n / 3.0, gen_random_uuid()
  FROM generate_series(1, ${String(count)}) n`;

const measure = async (db: TestDatabase, raw: RawConfig): Promise<void> => {
  await db.sql(table);
  await db.sql(insert(rows));
  await using run = await startRun(raw);
  await drain(run, 'snapshot', rows);
  await run.step();
  const half = Math.floor(rows / 2);
  await db.sql(insert(half));
  await db.sql(`UPDATE orders SET status = 'changed', total = total + 1 WHERE id <= ${String(Math.floor(rows * 0.4))}`);
  await db.sql(`DELETE FROM orders WHERE id <= ${String(Math.floor(rows * 0.1))}`);
  await drain(run, 'stream', half + Math.floor(rows * 0.4) + Math.floor(rows * 0.1));
};

await using db = await createDatabase();
await measure(db, db.config);

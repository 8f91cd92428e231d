import { openPostgres, withDatabase, type Database } from '../../support/databases.ts';
import { sqlSink } from '../../support/product.ts';
import { dropTopics } from '../leftovers.ts';
import { openSource, uniqueName } from '../sources/source-database.ts';
import type { ConnectWorker } from '../systems/connect-worker.ts';
import { waitFor } from '../wait.ts';
import type { Attempt, Bench, BenchCase } from '../workload.ts';
import { SourceConnector } from './source-connector.ts';

const fillTimeoutMs = 1_800_000;
const table = 'orders_copy';

/** A topic of change events, filled once by a capture, applied to PostgreSQL again and again. */
export const sinkCase: BenchCase = {
  kind: 'sink',
  prepare: async (bench, rows, filler) => {
    const topic = await fillTopic(bench, rows, await filler());
    return {
      attempt: async (worker) => attempt(bench, worker, topic, rows),
      [Symbol.asyncDispose]: async () => dropTopics(bench, [topic]),
    };
  },
};

/** Through the log, so that the rows are in the topic in the order of their ids. */
const fillTopic = async (bench: Bench, rows: number, worker: ConnectWorker): Promise<string> => {
  await using source = await openSource('postgres', bench.servers, bench.signal);
  const connector = await SourceConnector.prepare(bench, worker, source);
  let isFilled = false;
  try {
    await connector.createStreaming('postgres');
    const before = await connector.arrived();
    await source.orders.fill(rows);
    const isCaptured = async (): Promise<true | undefined> => {
      await worker.status(connector.name);
      return (await connector.arrived()) >= before + rows ? true : undefined;
    };
    await waitFor(`${String(rows)} rows are captured`, isCaptured, { withinMs: fillTimeoutMs, signal: bench.signal });
    isFilled = true;
  } finally {
    await connector.remove(isFilled);
  }
  return connector.topic;
};

const attempt = async (bench: Bench, worker: ConnectWorker, topic: string, rows: number): Promise<Attempt> => {
  const name = uniqueName();
  const admin = openPostgres(bench.servers.postgresUrl);
  await admin.run(`CREATE DATABASE ${name}`);
  const url = withDatabase(bench.servers.postgresUrl, name);
  const target = openPostgres(url);
  return {
    connector: name,
    expected: rows,
    go: async () => {
      const { sink, sinkUrlQuery } = worker.facts.tuning;
      const config = sqlSink(url, topic.replaceAll('.', '\\.'), { 'collection.name.format': table, ...sink });
      await worker.create(name, { ...config, 'connection.url': `${config['connection.url'] ?? ''}${sinkUrlQuery}` });
    },
    arrived: async () => highestId(target, rows),
    verify: async () => {
      const [row] = await target.rows(`SELECT count(*)::text AS rows, sum(id)::text AS ids FROM ${table} WHERE id <= ${String(rows)}`);
      const ids = String((BigInt(rows) * BigInt(rows + 1)) / 2n);
      if (row?.['rows'] !== String(rows) || row['ids'] !== ids)
        throw new Error(`${worker.facts.system} left ${row?.['rows'] ?? 'no'} rows in the target, not ${String(rows)}.`);
    },
    [Symbol.asyncDispose]: async () => {
      await worker.delete(name);
      await bench.topics.dropGroup(`connect-${name}`);
      await target.close();
      await admin.run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await admin.close();
    },
  };
};

/** Rows come in the order of their ids, one partition, one task: the highest one tells how many are there, at no cost. */
const highestId = async (target: Database, rows: number): Promise<number> => {
  const [there] = await target.rows(`SELECT to_regclass('${table}')::text AS name`);
  if (there?.['name'] == null) return 0;
  const [row] = await target.rows(`SELECT max(id)::text AS id FROM ${table} WHERE id <= ${String(rows)}`);
  return Number(row?.['id'] ?? 0);
};

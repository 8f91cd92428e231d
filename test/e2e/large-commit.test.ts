import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Kafka, logLevel } from 'kafkajs';
import type { Database } from '../support/databases.ts';
import { mariadbSource, postgresSource, Product } from '../support/product.ts';
import type { ConnectorConfig } from '../support/rest.ts';
import { until } from '../support/wait.ts';

const MIB = 1_048_576;
const bound = { heapMb: 96, buffersMb: 128 };
const rows = 1_000_000;

interface Source {
  readonly name: string;
  readonly database: Database;
  readonly topic: string;
  readonly config: ConnectorConfig;
  /** Makes all the rows. */
  readonly insert: string;
}

/** Memory of a process, resident now and at most. */
const residentBytes = (pid: number, which: 'VmRSS' | 'VmHWM'): number => {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Number(new RegExp(`${which}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) * 1_024;
};

describe('one commit of a million rows', () => {
  let product: Product;

  beforeAll(async () => {
    const environment = { HEADRACE_TASK_HEAP_MB: String(bound.heapMb), HEADRACE_TASK_BUFFERS_MB: String(bound.buffersMb) };
    product = await Product.start(1, { environment });
  });

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
  });

  const sources = {
    PostgreSQL: async (): Promise<Source> => {
      const { name, database } = await product.postgres('large');
      const insert = `INSERT INTO t SELECT n, 'note ' || n FROM generate_series(1, ${String(rows)}) n`;
      return { name, database, topic: `${name}.public.t`, config: postgresSource(database.url, name), insert };
    },
    MariaDB: async (): Promise<Source> => {
      const { name, database } = await product.mariadb('large');
      const insert = `INSERT INTO t SELECT seq, CONCAT('note ', seq) FROM seq_1_to_${String(rows)}`;
      return { name, database, topic: `${name}.${name}.t`, config: mariadbSource(database.url, name), insert };
    },
  };

  test.each(Object.entries(sources))(
    'of %s passes within the memory bound of its task and a fifth',
    async (_kind, open) => {
      const { name, database, topic, config, insert } = await open();
      await database.run('CREATE TABLE t (id int PRIMARY KEY, note text)');
      await database.run("INSERT INTO t VALUES (0, 'x')");
      await product.rest.create(name, config);
      const { pid } = await product.ownerOf(name);
      const reader = await product.reader([topic]);
      await until('the snapshot is in Kafka', async () => reader.events.length === 1, { withinMs: 60_000 });
      await reader[Symbol.asyncDispose]();
      const before = residentBytes(pid, 'VmRSS');
      await database.run(insert);

      const kafka = new Kafka({ brokers: [...product.servers.kafkaBrokers], logLevel: logLevel.NOTHING });
      const admin = kafka.admin();
      await admin.connect();
      const outcome = await until(
        'all rows are in Kafka, or the task has failed',
        async () => {
          const [task] = (await product.rest.state(name))?.tasks ?? [];
          if (task?.state === 'FAILED') return task.trace ?? 'no trace';
          const offsets = await admin.fetchTopicOffsets(topic);
          return offsets.reduce((sum, { high }) => sum + Number(high), 0) > rows && 'all';
        },
        { withinMs: 240_000 },
      );
      await admin.disconnect();
      expect(outcome).toBe('all');
      const grown = residentBytes(pid, 'VmHWM') - before;
      expect(grown / MIB).toBeLessThan(bound.buffersMb * 1.2);
      await product.rest.call('DELETE', `/connectors/${name}`);
    },
    360_000,
  );
});

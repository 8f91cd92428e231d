import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Kafka, logLevel } from 'kafkajs';
import { postgresSource, Product } from '../support/product.ts';
import { until } from '../support/wait.ts';

const MIB = 1_048_576;
const bound = { heapMb: 96, buffersMb: 128 };
const rows = 1_000_000;

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

  test('passes within the memory bound of its task and a fifth', async () => {
    const { name, database } = await product.postgres('large');
    await database.run('CREATE TABLE public.t (id int PRIMARY KEY, note text)');
    await database.run("INSERT INTO public.t VALUES (0, 'x')");
    await product.rest.create(name, postgresSource(database.url, name));
    const { pid } = await product.ownerOf(name);
    const reader = await product.reader([`${name}.public.t`]);
    await until('the snapshot is in Kafka', async () => reader.events.length === 1, { withinMs: 60_000 });
    await reader[Symbol.asyncDispose]();
    const before = residentBytes(pid, 'VmRSS');
    await database.run(`INSERT INTO public.t SELECT n, 'note ' || n FROM generate_series(1, ${String(rows)}) n`);

    const kafka = new Kafka({ brokers: [...product.servers.kafkaBrokers], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    const outcome = await until(
      'all rows are in Kafka, or the task has failed',
      async () => {
        const [task] = (await product.rest.state(name))?.tasks ?? [];
        if (task?.state === 'FAILED') return task.trace ?? 'no trace';
        const offsets = await admin.fetchTopicOffsets(`${name}.public.t`);
        return offsets.reduce((sum, { high }) => sum + Number(high), 0) > rows && 'all';
      },
      { withinMs: 240_000 },
    );
    await admin.disconnect();
    expect(outcome).toBe('all');
    const grown = residentBytes(pid, 'VmHWM') - before;
    expect(grown / MIB).toBeLessThan(bound.buffersMb * 1.2);
  }, 360_000);
});

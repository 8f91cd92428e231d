import { freePort } from '@headrace/testkit';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { liveWorkers, startWorkers, stopWorkers } from '../support/cluster.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { Ledger } from '../support/ledger.ts';
import { faults, isComplete } from '../support/ledger-oracle.ts';
import { OwnWorker } from '../support/own-worker.ts';
import { postgresSource, Product, unique } from '../support/product.ts';
import { Rest } from '../support/rest.ts';
import { runScript } from '../support/scripts.ts';
import { stackServices } from '../support/stack.ts';
import type { TopicReader } from '../support/topic-reader.ts';
import { until } from '../support/wait.ts';

const leaseMs = 6_000;
const strings = {
  'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
  'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
};

/** A capture whose writes Kafka refuses when it is stale, and a file that takes them from anybody. */
interface Load {
  readonly ledger: Ledger;
  readonly reader: TopicReader;
  readonly lines: () => Promise<readonly string[]>;
  /** Ends the writing and says what is wrong with the copies. */
  judge(): Promise<void>;
}

describe('etcd cannot be reached', () => {
  let product: Product;
  let folder: string;

  beforeAll(async () => {
    product = await Product.start(1);
    folder = await mkdtemp(join(tmpdir(), 'headrace-outage-'));
  });

  afterAll(async () => {
    await stopWorkers();
    await startWorkers(1);
    await product.refreshWorkers();
    await product[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const onlyWorker = async (settings: Readonly<Record<string, string>>): Promise<Rest> => {
    await product.rest.deleteAll();
    await stopWorkers();
    const [worker] = await startWorkers(1, { environment: { HEADRACE_LEASE_TTL_MS: String(leaseMs), ...settings } });
    await product.refreshWorkers();
    return new Rest(() => [worker?.rest ?? '']);
  };

  const startLoad = async (rest: Rest): Promise<Load> => {
    const { name, database } = await product.postgres('outage');
    const ledger = new Ledger(database, 'public.ledger', 5);
    await ledger.create(40);
    await rest.create(name, postgresSource(database.url, name));
    await rest.running(name);
    const reader = await product.reader([`${name}.public.ledger`]);

    const topic = unique('lines');
    const [input, output] = [join(folder, `${topic}.in`), join(folder, `${topic}.out`)];
    await appendFile(input, 'line 0\n');
    await rest.create(`${topic}-source`, { 'connector.class': 'FileStreamSource', file: input, topic, 'tasks.max': '1', ...strings });
    await rest.create(`${topic}-sink`, { 'connector.class': 'FileStreamSink', file: output, topics: topic, 'tasks.max': '1', ...strings });
    const lines = async (): Promise<readonly string[]> => (await readFile(output, 'utf8').catch(() => '')).split('\n').slice(0, -1);
    await until('the first line is copied', async () => (await lines()).length === 1, { withinMs: 60_000 });

    const ending = new AbortController();
    let written = 1;
    const writingLines = (async () => {
      for (; !ending.signal.aborted; written += 1) {
        await appendFile(input, `line ${String(written)}\n`);
        await sleep(100);
      }
    })();
    const writing = ledger.run();
    await until('changes flow', () => Promise.resolve(reader.events.length > 100), { withinMs: 60_000 });
    const judge = async (): Promise<void> => {
      ending.abort();
      ledger.stop();
      await Promise.all([writing, writingLines]);
      await until('the topic has the end of every key', () => Promise.resolve(isComplete(ledger.histories, reader.events)), {
        withinMs: 60_000,
      });
      expect(faults(ledger.histories, reader.events)).toEqual([]);
      await until('the file has the last line', async () => (await lines()).length >= written, { withinMs: 60_000 });
      expect(await lines()).toEqual(Array.from({ length: written }, (_, index) => `line ${String(index)}`));
    };
    return { ledger, reader, lines, judge };
  };

  /** How much came during that time. */
  const during = async (ms: number, { reader, lines }: Load): Promise<{ readonly events: number; readonly lines: number }> => {
    const before = [reader.events.length, (await lines()).length] as const;
    await sleep(ms);
    return { events: reader.events.length - before[0], lines: (await lines()).length - before[1] };
  };

  test('at the start of a worker: it says that it is starting, and joins once etcd is there', async () => {
    const [etcd, port] = [(await stackServices()).find(({ name }) => name === 'etcd')?.port ?? 0, await freePort()];
    const address = `http://127.0.0.1:${String(await freePort())}`;
    const settings = {
      'bootstrap.servers': product.servers.kafkaBrokers.join(','),
      'etcd.endpoints': `http://127.0.0.1:${String(port)}`,
      'cluster.id': unique('early'),
    };
    const starting = OwnWorker.start({ args: [], cwd: folder, address, settings });
    const isStarting = async (): Promise<boolean> => (await fetch(`${address}/health`)).status === 503;
    await Promise.race([starting, until('it is starting', isStarting, { withinMs: 60_000 })]);
    await using door = await FaultProxy.start(etcd, Math.random, port);
    await using worker = await starting;
    expect(await worker.rest.call('GET', '/connectors')).toMatchObject({ status: 200 });
    expect(door.port).toBe(port);
  });

  test('by all: fenced tasks go on until coordination.outage.max.ms, unfenced ones stop before the lease can end; all go on afterwards', async () => {
    const outageMaxMs = 20_000;
    const rest = await onlyWorker({ HEADRACE_COORDINATION_OUTAGE_MAX_MS: String(outageMaxMs) });
    const load = await startLoad(rest);
    await runScript('stack', ['stop', 'etcd', '--signal', 'KILL']);
    await sleep(leaseMs);
    // Longer than a lease, shorter than the longest outage.
    const later = await during(4_000, load);
    expect(later.events).toBeGreaterThan(50);
    expect(later.lines).toBe(0);
    await sleep(outageMaxMs - leaseMs - 4_000 + 5_000);
    expect(await during(2_000, load)).toEqual({ events: 0, lines: 0 });
    await runScript('stack', ['start', 'etcd']);
    await load.judge();
  }, 240_000);

  test('by one worker alone: it goes on with what is fenced, stops the rest in time, and the others take both over without a trace', async () => {
    const port = (await stackServices()).find(({ name }) => name === 'etcd')?.port ?? 0;
    await using proxy = await FaultProxy.start(port, Math.random);
    const rest = await onlyWorker({ HEADRACE_ETCD_ENDPOINTS: `http://127.0.0.1:${String(proxy.port)}` });
    const [cutOff] = await liveWorkers();
    const load = await startLoad(rest);
    proxy.become('cut');
    const cutAt = performance.now();
    const other = (await startWorkers(2, { environment: { HEADRACE_LEASE_TTL_MS: String(leaseMs) } })).find(
      ({ pid }) => pid !== cutOff?.pid,
    );
    if (performance.now() - cutAt < leaseMs / 2) expect((await during(500, load)).events).toBeGreaterThan(0);
    const state = await until(
      'the other worker runs everything',
      async () => {
        const response = await fetch(`${other?.rest ?? ''}/connectors?expand=status`);
        const all = Object.values((await response.json()) as Record<string, { status: { tasks: { state: string; worker_id: string }[] } }>);
        const tasks = all.flatMap(({ status }) => status.tasks);
        return tasks.length === 3 && tasks.every((task) => task.state === 'RUNNING' && task.worker_id === other?.id) ? tasks : undefined;
      },
      { withinMs: 60_000 },
    );
    expect(state).toHaveLength(3);
    proxy.become('fair');
    const back = await during(5_000, load);
    expect(back.events).toBeGreaterThan(50);
    expect(back.lines).toBeGreaterThan(0);
    await load.judge();
  }, 240_000);
});

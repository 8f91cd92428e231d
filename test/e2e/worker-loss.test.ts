import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Ledger } from '../support/ledger.ts';
import { faults, isComplete } from '../support/ledger-oracle.ts';
import { postgresSource, Product } from '../support/product.ts';
import { until } from '../support/wait.ts';

const leaseMs = 5_000;
const marginMs = 2_000;

describe('losing a worker', () => {
  let product: Product;

  beforeAll(async () => {
    product = await Product.start(3);
  });

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
  });

  test('I4: a worker killed under load loses, doubles and reorders nothing, and its task runs elsewhere within the lease plus 2 s', async () => {
    const { name, database } = await product.postgres('kill');
    const ledger = new Ledger(database, 'public.ledger');
    await ledger.create(40);
    await product.rest.create(name, postgresSource(database.url, name));
    await product.rest.running(name);
    const reader = await product.reader([`${name}.public.ledger`]);
    await until('the snapshot is in Kafka', async () => reader.events.length >= 40, { withinMs: 60_000 });
    const writing = ledger.run();

    const owner = await product.ownerOf(name);
    const committedBefore = ledger.commits;
    process.kill(owner.pid, 'SIGKILL');
    const killedAt = performance.now();
    await product.refreshWorkers();
    const takeOverMs = await until(
      'the task runs on another worker and has written again',
      async () => {
        const state = await product.rest.state(name);
        const task = state?.tasks[0];
        return task?.state === 'RUNNING' && task.worker_id !== owner.id ? performance.now() - killedAt : undefined;
      },
      { withinMs: 30_000, everyMs: 20 },
    );
    expect(ledger.commits).toBeGreaterThan(committedBefore);
    expect(takeOverMs).toBeLessThan(leaseMs + marginMs);

    ledger.stop();
    await writing;
    await until('the topic has the end of every key', async () => isComplete(ledger.histories, reader.events), { withinMs: 60_000 });
    expect(faults(ledger.histories, reader.events)).toEqual([]);
    await product.scale(3);
  });

  test('I2: a worker stopped beyond its lease and continued writes nothing any more', async () => {
    const { name, database } = await product.postgres('stop');
    const ledger = new Ledger(database, 'public.ledger');
    await ledger.create(40);
    await product.rest.create(name, postgresSource(database.url, name));
    await product.rest.running(name);
    const reader = await product.reader([`${name}.public.ledger`]);
    await until('the snapshot is in Kafka', async () => reader.events.length >= 40, { withinMs: 60_000 });
    const writing = ledger.run();

    const owner = await product.ownerOf(name);
    process.kill(owner.pid, 'SIGSTOP');
    const others = (await product.refreshWorkers()).filter(({ id }) => id !== owner.id);
    const state = await until(
      'another worker runs the task',
      async () => {
        const response = await fetch(`${others[0]?.rest ?? ''}/connectors/${name}/status`);
        const body = (await response.json()) as { tasks?: { state: string; worker_id: string }[] };
        const task = body.tasks?.[0];
        return task?.state === 'RUNNING' && task.worker_id !== owner.id ? task : undefined;
      },
      { withinMs: 30_000 },
    );
    process.kill(owner.pid, 'SIGCONT');
    const eventsAtReturn = reader.events.length;
    await until('the new owner goes on after the old one is back', async () => reader.events.length > eventsAtReturn + 500, {
      withinMs: 60_000,
    });
    expect((await product.rest.running(name)).tasks[0]?.worker_id).toBe(state.worker_id);

    ledger.stop();
    await writing;
    await until('the topic has the end of every key', async () => isComplete(ledger.histories, reader.events), { withinMs: 60_000 });
    expect(faults(ledger.histories, reader.events)).toEqual([]);
    await until('the old owner is a healthy worker again', async () => (await fetch(`${owner.rest}/health`)).status === 200, {
      withinMs: 30_000,
    });
  });
});

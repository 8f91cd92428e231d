import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '@headrace/testkit';
import { spawn, type ChildProcess } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { workerEnvironment } from '../../scripts/cluster.d/place.ts';
import { stopWorkers } from '../support/cluster.ts';
import { Ledger } from '../support/ledger.ts';
import { faults, isComplete } from '../support/ledger-oracle.ts';
import { postgresSource, Product } from '../support/product.ts';
import { Rest } from '../support/rest.ts';
import { root } from '../support/scripts.ts';
import { until } from '../support/wait.ts';

let product: Product;
let worker: ChildProcess | undefined;

beforeAll(async () => {
  product = await Product.start(1);
  await stopWorkers();
});

afterAll(async () => {
  worker?.kill('SIGKILL');
  await product[Symbol.asyncDispose]();
});

test('a worker whose log has no room on its disk any more goes on with its work', async () => {
  const address = `http://127.0.0.1:${String(await freePort())}`;
  const full = openSync('/dev/full', 'w');
  worker = spawn(process.execPath, [join(root, 'packages/worker/dist/bundle/main.js')], {
    cwd: root,
    stdio: ['ignore', full, full],
    env: { ...workerEnvironment(), HEADRACE_LISTENERS: address, HEADRACE_LOG_LEVEL: 'debug' },
  });
  const rest = new Rest(() => [address]);
  await until('it is healthy', async () => (await fetch(`${address}/health`)).status === 200, { withinMs: 60_000 });
  const { name, database } = await product.postgres('full');
  const ledger = new Ledger(database, 'public.ledger', 5);
  await ledger.create(10);
  await rest.create(name, postgresSource(database.url, name));
  await rest.running(name);
  const reader = await product.reader([`${name}.public.ledger`]);
  const writing = ledger.run();
  await until('changes flow', () => Promise.resolve(reader.events.length > 500), { withinMs: 60_000 });
  ledger.stop();
  await writing;
  await until('the topic has the end of every key', () => Promise.resolve(isComplete(ledger.histories, reader.events)), {
    withinMs: 60_000,
  });
  expect(faults(ledger.histories, reader.events)).toEqual([]);
  await rest.call('DELETE', `/connectors/${name}`);
  worker.kill('SIGTERM');
  await until('it has ended in order', () => Promise.resolve(worker?.exitCode === 0), { withinMs: 30_000 });
});

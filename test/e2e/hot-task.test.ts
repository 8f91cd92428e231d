import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ledger } from '../support/ledger.ts';
import { faults, isComplete } from '../support/ledger-oracle.ts';
import { postgresSource, Product, unique } from '../support/product.ts';
import { until } from '../support/wait.ts';

let product: Product;
let folder: string;

beforeAll(async () => {
  product = await Product.start(1);
  folder = await mkdtemp(join(tmpdir(), 'headrace-hot-'));
});

afterAll(async () => {
  await product[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const ownersOf = async (connector: string): Promise<unknown> => {
  const { body } = await product.rest.call('GET', '/cluster');
  return (body as { readonly owners: readonly { readonly connector: string }[] }).owners.filter((owner) => owner.connector === connector);
};

test('a task that never yields is ended alone: the capture beside it keeps its owner and its pace', async () => {
  const { name, database } = await product.postgres('calm');
  const ledger = new Ledger(database, 'public.ledger', 5);
  await ledger.create(40);
  await product.rest.create(name, postgresSource(database.url, name));
  await product.rest.running(name);
  let last = 0;
  let widestGapMs = 0;
  const reader = await product.reader([`${name}.public.ledger`], () => {
    const now = performance.now();
    if (last > 0) widestGapMs = Math.max(widestGapMs, now - last);
    last = now;
  });
  await until('the snapshot is in Kafka', () => Promise.resolve(reader.events.length >= 40), { withinMs: 60_000 });
  const writing = ledger.run();
  await until('changes flow', () => Promise.resolve(reader.events.length > 200), { withinMs: 60_000 });
  const before = await ownersOf(name);
  widestGapMs = 0;

  // A pattern that tries more ways than there are atoms, as users do write them.
  const hot = unique('hot');
  const file = join(folder, 'in.txt');
  await writeFile(file, 'one line\n');
  await product.rest.create(hot, {
    'connector.class': 'FileStreamSource',
    'tasks.max': '1',
    file,
    topic: `${'a'.repeat(60)}b`,
    'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
    transforms: 'route',
    'transforms.route.type': 'org.apache.kafka.connect.transforms.RegexRouter',
    'transforms.route.regex': '(a+)+c',
    'transforms.route.replacement': 'never',
  });
  expect(await product.rest.failed(hot)).toMatch(new RegExp(`Task ${hot}-0 did not yield for [0-9.]+ s`));

  expect(await ownersOf(name)).toEqual(before);
  expect((await product.rest.running(name)).tasks).toHaveLength(1);
  expect(widestGapMs).toBeLessThan(3_000);
  ledger.stop();
  await writing;
  await until('the topic has the end of every key', () => Promise.resolve(isComplete(ledger.histories, reader.events)), {
    withinMs: 60_000,
  });
  expect(faults(ledger.histories, reader.events)).toEqual([]);
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TopicCounter } from '../bench/measure/topic-counter.ts';
import { startDebezium } from '../bench/peer/debezium.ts';
import { plainShape } from '../bench/sources/orders.ts';
import { Ledger } from '../support/ledger.ts';
import { faults, isComplete } from '../support/ledger-oracle.ts';
import { postgresSource, Product } from '../support/product.ts';
import { Rest } from '../support/rest.ts';
import { until } from '../support/wait.ts';

const SNAPSHOT_ROWS = 40;
/** Where the peer's worker answers, from PORT_BASE. */
const PEER_REST = 84;

describe('a running connector of Debezium', () => {
  let product: Product;

  beforeAll(async () => {
    product = await Product.start(1);
  });

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
  });

  test('I6: is taken over by its offsets, without snapshot, gap or duplicate, while the database is written', async () => {
    await using topics = new TopicCounter(product.servers.kafkaBrokers);
    await topics.connect();
    const { signal } = new AbortController();
    const bench = {
      servers: product.servers,
      topics,
      shape: plainShape,
      hasTransforms: false,
      hasReference: false,
      signal,
      say: () => undefined,
    };
    await using _debezium = await startDebezium(bench, 'exactly-once');
    const peer = new Rest(() => [`http://127.0.0.1:${String(Number(process.env['PORT_BASE']) + PEER_REST)}`]);
    const { name, database } = await product.postgres('takeover');
    const config = postgresSource(database.url, name);
    const ledger = new Ledger(database, 'public.ledger');
    await ledger.create(SNAPSHOT_ROWS);
    await peer.create(name, config);
    const reader = await product.reader([`${name}.public.ledger`]);
    const writing = ledger.run();
    await until('Debezium streams', () => Promise.resolve(reader.events.length > SNAPSHOT_ROWS + 200), { withinMs: 120_000 });

    await peer.call('PUT', `/connectors/${name}/stop`);
    const isStopped = async (): Promise<boolean> => {
      const state = await peer.state(name);
      return state?.connector.state === 'STOPPED' && state.tasks.length === 0;
    };
    await until('Debezium has stopped', isStopped, { withinMs: 60_000 });
    const { body: offsets } = await peer.call('GET', `/connectors/${name}/offsets`);

    await product.rest.call('POST', '/connectors', { name, config, initial_state: 'STOPPED' });
    expect((await product.rest.call('PATCH', `/connectors/${name}/offsets`, offsets)).status).toBe(200);
    await product.rest.call('PUT', `/connectors/${name}/resume`);
    await product.rest.running(name);
    const commits = ledger.commits;
    await until('more is written', () => Promise.resolve(ledger.commits > commits + 200), { withinMs: 60_000 });
    ledger.stop();
    await writing;
    await until('the topic has the end of every key', () => Promise.resolve(isComplete(ledger.histories, reader.events)), {
      withinMs: 60_000,
    });
    expect(faults(ledger.histories, reader.events)).toEqual([]);
    expect(reader.events.filter(({ value }) => value?.['op'] === 'r')).toHaveLength(SNAPSHOT_ROWS);
  });
});

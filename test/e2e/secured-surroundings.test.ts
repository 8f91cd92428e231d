import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Operation, plainJaas, ResourceType, scramJaas, SecuredBroker, SecuredEtcd, users } from '@headrace/testkit';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildWorker, OwnWorker } from '../support/own-worker.ts';
import { propertiesText } from '../support/properties.ts';
import { until } from '../support/wait.ts';

// A worker among servers that ask everybody who they are, with the rights of packages/docs/security.md and no others.
const { CREATE, DESCRIBE, READ, WRITE } = Operation;
const { GROUP, TOPIC, TRANSACTIONAL_ID } = ResourceType;

describe('a worker in secured surroundings', () => {
  let broker: SecuredBroker;
  let etcd: SecuredEtcd;
  let worker: OwnWorker;
  let cwd: string;

  beforeAll(async () => {
    await buildWorker();
    cwd = await mkdtemp(join(tmpdir(), 'headrace-secured-'));
    [broker, etcd] = await Promise.all([SecuredBroker.start(), SecuredEtcd.start('/headrace/secured/')]);
    await broker.allow('worker', [CREATE, DESCRIBE, READ, WRITE], { type: TOPIC, name: 'secured-offsets' });
    await broker.allow('worker', [WRITE], { type: TRANSACTIONAL_ID, name: 'secured-', isPrefix: true });
    await broker.allow('worker', [READ], { type: GROUP, name: 'connect-', isPrefix: true });
    await broker.allow('worker', [CREATE, WRITE], { type: TOPIC, name: 'lines', isPrefix: true });
    // Whom one connector logs in as: it may read what the worker may only write.
    await broker.allow(users.scram512.name, [READ], { type: TOPIC, name: 'lines', isPrefix: true });
    await broker.allow(users.scram512.name, [READ], { type: GROUP, name: 'connect-allowed' });
    await broker.allow('worker', [DESCRIBE], { type: TOPIC, name: 'lines', isPrefix: true });
    await writeFile(join(cwd, 'etcd-password'), etcd.user.password);
    await writeFile(join(cwd, 'worker.properties'), propertiesText(settings()));
    worker = await OwnWorker.start({ args: ['worker.properties'], cwd });
  }, 240_000);

  afterAll(async () => {
    await worker[Symbol.asyncDispose]();
    await etcd[Symbol.asyncDispose]();
    await broker[Symbol.asyncDispose]();
    await rm(cwd, { recursive: true });
  });

  const settings = (): Readonly<Record<string, string>> => ({
    'group.id': 'secured',
    'bootstrap.servers': broker.saslAddress,
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': 'PLAIN',
    'sasl.jaas.config': plainJaas(users.plain.name, users.plain.password),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': broker.authority.certificate,
    'etcd.endpoints': etcd.endpoint,
    'etcd.tls.ca': etcd.authority.certificate,
    'etcd.tls.certificate': etcd.authority.chainOf('worker'),
    'etcd.tls.key': etcd.authority.keyOf('worker'),
    'etcd.username': etcd.user.name,
    'etcd.password': `\${dir:${cwd}:etcd-password}`,
    'connector.client.config.override.policy': 'Principal',
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'offset.storage.topic': 'secured-offsets',
    'offset.storage.partitions': '1',
    'offset.flush.interval.ms': '500',
  });

  const sink = (output: string): Readonly<Record<string, string>> => ({
    'connector.class': 'FileStreamSink',
    file: join(cwd, output),
    topics: 'lines',
  });

  test('writes with its own login, and a connector reads with the login that it brings', async () => {
    await writeFile(join(cwd, 'in.txt'), 'one\ntwo\n');
    await worker.rest.create('source', { 'connector.class': 'FileStreamSource', file: join(cwd, 'in.txt'), topic: 'lines' });
    await worker.rest.running('source');
    await worker.rest.create('allowed', {
      ...sink('out.txt'),
      'consumer.override.sasl.mechanism': 'SCRAM-SHA-512',
      'consumer.override.sasl.jaas.config': scramJaas(users.scram512.name, users.scram512.password),
    });
    await until('both lines are in the file', async () => (await readFile(join(cwd, 'out.txt'), 'utf8')) === 'one\ntwo\n', {
      withinMs: 60_000,
    });
  });

  test('and commits its offsets with that login', async () => {
    const offsets = async (): Promise<unknown> => (await worker.rest.call('GET', '/connectors/allowed/offsets')).body;
    const expected = {
      offsets: [{ partition: { kafka_topic: 'lines', kafka_partition: 0 }, offset: { kafka_offset: expect.any(Number) } }],
    };
    await until('they are committed', async () => JSON.stringify(await offsets()).includes('kafka_offset'), { withinMs: 30_000 });
    expect(await offsets()).toEqual(expected);
    await worker.rest.running('allowed');
  });

  test('started again it goes on behind what it has done', async () => {
    await worker.stop();
    await appendFile(join(cwd, 'in.txt'), 'three\n');
    worker = await OwnWorker.start({ args: ['worker.properties'], cwd });
    await until('the third line is behind them', async () => (await readFile(join(cwd, 'out.txt'), 'utf8')) === 'one\ntwo\nthree\n', {
      withinMs: 60_000,
    });
  });

  test('a connector without that right fails, and its trace names what is missing', async () => {
    await worker.rest.create('refused', sink('none.txt'));
    expect(await worker.rest.failed('refused')).toMatch(/TOPIC_AUTHORIZATION_FAILED/);
  });

  test('other client settings than those of the login are refused, as the policy says', async () => {
    const reply = await worker.rest.call('PUT', '/connectors/x/config', { ...sink('x'), 'consumer.override.max.poll.records': '5' });
    expect(reply).toMatchObject({ status: 400 });
    expect(JSON.stringify(reply.body)).toContain("The 'Principal' policy does not allow 'max.poll.records' to be overridden");
  });

  test('a login that cannot work is an error of the connector’s key', async () => {
    const config = {
      ...sink('x'),
      name: 'x',
      'consumer.override.sasl.mechanism': 'SCRAM-SHA-512',
      'consumer.override.sasl.jaas.config': 'x',
    };
    const { body } = await worker.rest.call('PUT', '/connector-plugins/FileStreamSink/config/validate', config);
    const { configs } = body as {
      readonly configs: readonly { readonly value: { readonly name: string; readonly errors: readonly string[] } }[];
    };
    const wrong = configs.filter(({ value }) => value.errors.length > 0).map(({ value }) => value.name);
    expect(wrong).toEqual(['consumer.override.sasl.jaas.config']);
    expect(JSON.stringify(body)).not.toContain(users.plain.password);
  });
});

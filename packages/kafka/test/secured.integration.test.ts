import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { silentLogger, silentMeter, systemClock, type ClientSettings } from '@headrace/foundation';
import type { KafkaPorts, OutgoingRecord, RecordWriterOptions } from '@headrace/ports';
import { Operation, plainJaas, ResourceType, scramJaas, SecuredBroker, users } from '@headrace/testkit';
import { createKafka } from '../src/index.ts';

// A broker that asks everybody who they are and allows only what was granted.
const { signal } = new AbortController();
const { CREATE, DESCRIBE, READ, WRITE } = Operation;
const offsetsTopic = 'secured-offsets';

let broker: SecuredBroker;
let tokens: Server;

const readText = async (file: string): Promise<string> => await readFile(file, 'utf8');

const unsignedToken = (subject: string): string => {
  const part = (content: unknown): string => Buffer.from(JSON.stringify(content)).toString('base64url');
  const seconds = Math.floor(systemClock.now() / 1_000);
  return `${part({ alg: 'none' })}.${part({ sub: subject, iat: seconds, exp: seconds + 60 })}.`;
};

beforeAll(async () => {
  broker = await SecuredBroker.start();
  for (const user of ['worker', 'scram256', 'scram512', 'bearer', 'client', 'task']) {
    await broker.allow(user, [DESCRIBE, CREATE, READ, WRITE], { type: ResourceType.TOPIC, name: offsetsTopic });
    await broker.allow(user, [WRITE], { type: ResourceType.TRANSACTIONAL_ID, name: 'secured-', isPrefix: true });
    await broker.allow(user, [READ], { type: ResourceType.GROUP, name: 'connect-', isPrefix: true });
    await broker.allow(user, [CREATE, READ, WRITE], { type: ResourceType.TOPIC, name: 'all-', isPrefix: true });
  }
  await broker.allow('task', [WRITE], { type: ResourceType.TOPIC, name: 'written-', isPrefix: true });
  await broker.allow('scram256', [CREATE], { type: ResourceType.TOPIC, name: 'written-', isPrefix: true });
  await broker.allow('scram512', [READ], { type: ResourceType.TOPIC, name: 'written-', isPrefix: true });
  tokens = createServer((request, response) => {
    const isKnown = request.headers.authorization === `Basic ${Buffer.from('client:s%26cret').toString('base64')}`;
    response.writeHead(isKnown ? 200 : 401, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(isKnown ? { access_token: unsignedToken('client'), expires_in: 60 } : { error: 'invalid_client' }));
  });
  await new Promise<void>((resolve) => {
    tokens.listen(0, '127.0.0.1', resolve);
  });
}, 120_000);

afterAll(async () => {
  tokens.close();
  await broker[Symbol.asyncDispose]();
});

const portsWith = (settings: ClientSettings): KafkaPorts =>
  createKafka({
    settings,
    clientId: 'secured',
    offsetsTopic,
    offsetsTopicPartitions: 1,
    clock: systemClock,
    log: silentLogger,
    meter: silentMeter,
  });

const trust = (): ClientSettings => ({ 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': broker.authority.certificate });

const sasl = (mechanism: string, given: ClientSettings): ClientSettings => ({
  'bootstrap.servers': broker.saslAddress,
  'security.protocol': 'SASL_SSL',
  'sasl.mechanism': mechanism,
  ...trust(),
  ...given,
});

const mutualTls = (given: ClientSettings): ClientSettings => ({
  'bootstrap.servers': broker.mutualTlsAddress,
  'security.protocol': 'SSL',
  ...trust(),
  ...given,
});

const bearerModule = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required';
const plain = (): ClientSettings => sasl('PLAIN', { 'sasl.jaas.config': plainJaas(users.plain.name, users.plain.password) });
const scram = (user: keyof typeof users): ClientSettings =>
  sasl(`SCRAM-SHA-${user.slice(-3)}`, { 'sasl.jaas.config': scramJaas(users[user].name, users[user].password) });
const pemStore = (): ClientSettings => mutualTls({ 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': broker.authority.storeOf('task') });
const tokenUrl = (): string => `http://127.0.0.1:${String((tokens.address() as AddressInfo).port)}/token`;
const client = (secret: string): ClientSettings =>
  sasl('OAUTHBEARER', {
    'sasl.jaas.config': `${bearerModule} clientId="client" clientSecret="${secret}" scope="kafka";`,
    'sasl.login.callback.handler.class': 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler',
    'sasl.oauthbearer.token.endpoint.url': tokenUrl(),
  });

const outgoing = (topic: string): OutgoingRecord => ({
  topic,
  partition: 0,
  key: null,
  value: Buffer.from('v'),
  headers: [],
  timestamp: undefined,
});

const openWriter = (ports: KafkaPorts, given: Partial<RecordWriterOptions> = {}) =>
  ports.writers.open(
    {
      transactionalId: 'secured-task',
      connector: 'secured',
      guarantee: 'exactly-once',
      fencedTopics: [],
      confirmOwnership: () => Promise.resolve(true),
      onDurable: () => undefined,
      ...given,
    },
    signal,
  );

let topics = 0;
const newName = (prefix: string): string => `${prefix}-${String((topics += 1))}`;

/** All that tasks do: create, write and read a topic, keep positions and sink offsets, fence. */
const exercise = async (ports: KafkaPorts): Promise<void> => {
  const topic = newName('all');
  await using writer = await openWriter(ports);
  await writer.append([outgoing(topic)], [{ partition: { topic }, offset: { n: 1 } }], signal);
  await writer.flush(signal);
  await using reader = await ports.readers.open({ start: [{ topic, partition: 0, offset: 0n }], isolation: 'read_committed' }, signal);
  expect((await reader.poll(10, 10_000, signal)).map(({ value }) => value?.toString())).toEqual(['v']);
  expect(await ports.sourceOffsets.position('secured', { topic }, signal)).toEqual({ n: 1 });
  const task = {
    group: `connect-${topic}`,
    connector: topic,
    transactionalId: 'secured-sink',
    confirmOwnership: () => Promise.resolve(true),
  };
  await using offsets = await ports.sinkOffsets.open(task, signal);
  await offsets.commit([{ topic, partition: 0, offset: 1n }], signal);
  expect(await offsets.committed([{ topic, partition: 0 }], signal)).toEqual([{ topic, partition: 0, offset: 1n }]);
  await ports.admin.fence(['secured-task'], signal, [topic, offsetsTopic]);
  expect(await ports.admin.topics(signal)).toContain(topic);
};

describe('a user with the least rights does all that tasks do, logged in by', () => {
  test.each([
    ['SASL/PLAIN', plain],
    ['SASL/SCRAM-SHA-256', () => scram('scram256')],
    ['SASL/SCRAM-SHA-512', () => scram('scram512')],
    [
      'SASL/OAUTHBEARER, its token made here',
      () => sasl('OAUTHBEARER', { 'sasl.jaas.config': `${bearerModule} unsecuredLoginStringClaim_sub="bearer";` }),
    ],
    ['SASL/OAUTHBEARER, its token from a server', () => client('s&cret')],
    ['a certificate in a PEM file', pemStore],
    [
      'a certificate in a PKCS12 file',
      () =>
        mutualTls({
          'ssl.keystore.type': 'PKCS12',
          'ssl.keystore.location': broker.authority.pkcs12Of('task'),
          'ssl.keystore.password': 'secret',
        }),
    ],
  ] as const)('%s', async (_, settings) => {
    await using ports = portsWith(settings());
    await exercise(ports);
  });

  test('a certificate in the settings themselves', async () => {
    const { authority } = broker;
    await using ports = portsWith({
      'bootstrap.servers': broker.mutualTlsAddress,
      'security.protocol': 'SSL',
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.certificates': await readText(authority.certificate),
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.certificate.chain': await readText(authority.chainOf('task')),
      'ssl.keystore.key': await readText(authority.keyOf('task')),
    });
    await exercise(ports);
  });
});

describe('who cannot log in is told why, at once', () => {
  test.each([
    ['a wrong password', () => ({ ...plain(), 'sasl.jaas.config': plainJaas('worker', 'wrong') }), /SASL_AUTHENTICATION_FAILED/],
    ['a wrong secret at the token server', () => client('wrong'), /HTTP 401/],
    [
      'a certificate nobody here trusts',
      () => ({ ...plain(), 'ssl.truststore.location': broker.authority.chainOf('task') }),
      /certificate/,
    ],
    ['no certificate of its own', () => mutualTls({}), /certificate/],
    ['no TLS at all', () => ({ 'bootstrap.servers': broker.saslAddress }), /TLS/],
    [
      'a host that the certificate does not name',
      () => ({ ...plain(), 'bootstrap.servers': broker.saslAddress.replace('127.0.0.1', 'localhost') }),
      /altnames/,
    ],
  ] as const)('%s', async (_, settings, reason) => {
    await using ports = portsWith(settings());
    const asked = systemClock.monotonic();
    const message = expect.stringMatching(reason) as unknown;
    await expect(ports.admin.topics(signal)).rejects.toMatchObject({
      reaction: 'task-failure',
      code: 'kafka.authentication_failed',
      message,
    });
    expect(systemClock.monotonic() - asked).toBeLessThan(5_000);
  });

  test('the name of the host is not looked at where that is asked for', async () => {
    await using ports = portsWith({
      ...plain(),
      'bootstrap.servers': broker.saslAddress.replace('127.0.0.1', 'localhost'),
      'ssl.endpoint.identification.algorithm': '',
    });
    expect(await ports.admin.clusterId(signal)).not.toBe('');
  });

  test('settings that cannot be used are all named', () => {
    const settings = {
      ...plain(),
      'sasl.jaas.config': 'nonsense',
      'ssl.truststore.type': 'BCFKS',
      'ssl.cipher.suites': 'X',
      'sasl.kerberos.kinit.cmd': 'x',
    };
    const keys = ['ssl.cipher.suites', 'ssl.truststore.type', 'sasl.kerberos.kinit.cmd', 'sasl.jaas.config'];
    expect(() => portsWith(settings)).toThrow(
      expect.objectContaining({ reaction: 'config', problems: keys.map((key) => expect.objectContaining({ key }) as unknown) }),
    );
  });
});

describe('settings of a connector over those of the worker', () => {
  test('make its producer, consumer and admin client other users, each with rights of its own', async () => {
    const topic = newName('written');
    await using ports = portsWith(plain());
    const settings = { producerConfig: pemStore(), adminConfig: scram('scram256') };
    await using writer = await openWriter(ports, settings);
    await writer.append([outgoing(topic)], [], signal);
    await writer.flush(signal);
    const start = [{ topic, partition: 0, offset: 0n }];
    const consumerConfig = scram('scram512');
    await using reader = await ports.readers.open({ start, isolation: 'read_committed', consumerConfig }, signal);
    expect(await reader.poll(10, 10_000, signal)).toHaveLength(1);
    const refused = { reaction: 'task-failure', code: 'kafka.not_authorized' };
    await expect(ports.readers.open({ start, isolation: 'read_committed' }, signal)).rejects.toMatchObject(refused);
    await using other = await openWriter(ports, { transactionalId: 'secured-other', producerConfig: pemStore() });
    await expect(other.append([outgoing(newName('written'))], [], signal)).rejects.toMatchObject(refused);
    await expect(openWriter(ports, { transactionalId: 'foreign' })).rejects.toMatchObject(refused);
  });

  test('cannot lead to another cluster', async () => {
    await using ports = portsWith(plain());
    const producerConfig = { 'bootstrap.servers': process.env['KAFKA_BROKERS'] ?? '', 'security.protocol': 'PLAINTEXT' };
    await expect(openWriter(ports, { producerConfig })).rejects.toMatchObject({
      reaction: 'config',
      problems: [{ key: 'bootstrap.servers' }],
    });
  });
});

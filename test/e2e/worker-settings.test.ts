import { freePort, makeAuthority, type Authority } from '@headrace/testkit';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { buildWorker, OwnWorker, type OwnWorkerOptions } from '../support/own-worker.ts';
import { propertiesText } from '../support/properties.ts';
import { startStack, type Servers } from '../support/stack.ts';
import { until } from '../support/wait.ts';

const STRING = 'org.apache.kafka.connect.storage.StringConverter';

/** What distributions of Kafka put into connect-distributed.properties beside what a worker of ours has, and a slip of the pen. */
const WITHOUT_EFFECT = {
  'config.storage.topic': 'connect-configs',
  'config.storage.replication.factor': '1',
  'status.storage.topic': 'connect-status',
  'status.storage.partitions': '5',
  'offset.flush.timeout.ms': '5000',
  'scheduled.rebalance.max.delay.ms': '0',
  'plugin.discovery': 'hybrid_warn',
  'task.heap.gb': '4',
};

const withPrefix = (prefix: string, settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(settings).map(([key, value]) => [prefix + key, value]));

describe('settings of a worker show their effect', () => {
  let servers: Servers;
  let cwd: string;
  let authority: Authority;

  beforeAll(async () => {
    servers = await startStack(['--only', 'kafka']);
    await buildWorker();
    cwd = await mkdtemp(join(tmpdir(), 'headrace-settings-'));
    authority = await makeAuthority(cwd, ['worker', 'client']);
  }, 240_000);

  afterAll(() => rm(cwd, { recursive: true }));

  /** A worker that is alone, with these settings in its file. */
  const start = async (
    name: string,
    settings: Readonly<Record<string, string>>,
    options: Partial<OwnWorkerOptions> = {},
  ): Promise<OwnWorker> => {
    const all = {
      'bootstrap.servers': servers.kafkaBrokers.join(','),
      'offset.storage.file.filename': join(cwd, `${name}.state`),
      'offset.storage.topic': `${name}-${String(process.pid)}-offsets`,
      'group.id': `${name}-${String(process.pid)}`,
      'key.converter': STRING,
      'value.converter': STRING,
      ...settings,
    };
    await writeFile(join(cwd, `${name}.properties`), propertiesText(all));
    return OwnWorker.start({ args: [`${name}.properties`], cwd, ...options });
  };

  const fileSource = (topic: string): Readonly<Record<string, string>> => ({
    'connector.class': 'FileStreamSource',
    file: join(cwd, 'none.txt'),
    topic,
  });

  /** Status by HTTPS, with a client's certificate or none; the code of the error where there is no answer. */
  const byHttps = async (url: string, name?: string): Promise<number | string> => {
    const [ca, own] = await Promise.all([readFile(authority.certificate), name === undefined ? '' : readFile(authority.storeOf(name))]);
    return new Promise((resolve) => {
      const asked = request(url, { ca, agent: false, ...(own === '' ? {} : { key: own, cert: own }) }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      asked.on('error', (error: NodeJS.ErrnoException) => {
        resolve(error.code ?? error.message);
      });
      asked.end();
    });
  };

  test('those without effect are told at the start, all in one line of the log', async () => {
    await using worker = await start('unknown', WITHOUT_EFFECT);
    const warnings = worker.output.split('\n').filter((line) => line.includes('Settings without effect here'));
    expect(warnings).toHaveLength(1);
    expect((JSON.parse(warnings[0] ?? '') as { readonly settings: unknown }).settings).toEqual(Object.keys(WITHOUT_EFFECT).toSorted());
  });

  test('listeners by HTTP and HTTPS together; ssl.client.auth; rest.advertised.* is where others are sent', async () => {
    const [http, https, strict] = [await freePort(), await freePort(), await freePort()].map(String);
    const pem = authority.storeOf('worker');
    const tls = { 'ssl.keystore.location': pem, 'ssl.keystore.type': 'PEM', 'ssl.truststore.location': authority.certificate };
    await using worker = await start(
      'listeners',
      {
        ...withPrefix('listeners.https.', tls),
        ...withPrefix('admin.listeners.https.', {
          ...tls,
          'ssl.keystore.location': authority.pkcs12Of('worker'),
          'ssl.keystore.type': 'PKCS12',
          'ssl.keystore.password': 'secret',
        }),
        'admin.listeners.https.ssl.client.auth': 'required',
        'admin.listeners': `https://127.0.0.1:${strict ?? ''}`,
        'rest.advertised.listener': 'https',
        'rest.advertised.host.name': 'worker.example',
        'rest.advertised.port': '18083',
      },
      {
        settings: { listeners: `http://:${http ?? ''},HTTPS://127.0.0.1:${https ?? ''}` },
        address: `http://127.0.0.1:${http ?? ''}`,
      },
    );
    expect(await byHttps(`https://127.0.0.1:${https ?? ''}/connectors`)).toBe(200);
    expect(await byHttps(`https://127.0.0.1:${https ?? ''}/admin/loggers`)).toBe(404);
    expect(await byHttps(`https://127.0.0.1:${strict ?? ''}/admin/loggers`)).toMatch(/ECONNRESET|ALERT|alert/);
    expect(await byHttps(`https://127.0.0.1:${strict ?? ''}/admin/loggers`, 'client')).toBe(200);
    await worker.rest.create('sent', fileSource('sent'));
    expect((await worker.rest.running('sent')).connector.worker_id).toBe('worker.example:18083');
    expect(JSON.stringify((await worker.rest.call('GET', '/cluster')).body)).toContain('"https://worker.example:18083"');
  });

  test('rest.basic.auth.file, rest.bearer.auth.file, access.control.allow.* and response.http.headers.config guard each answer', async () => {
    await writeFile(join(cwd, 'users'), 'ann:secret\n');
    await writeFile(join(cwd, 'tokens'), 'token-1\n');
    await using worker = await start('guarded', {
      'rest.basic.auth.file': join(cwd, 'users'),
      'rest.bearer.auth.file': join(cwd, 'tokens'),
      'access.control.allow.origin': 'https://ui\\.example',
      'access.control.allow.methods': 'GET,DELETE',
      'response.http.headers.config': 'set X-Frame-Options: DENY',
    });
    const get = async (authorization: string): Promise<Response> =>
      fetch(`${worker.address}/connectors`, { headers: { authorization, origin: 'https://ui.example' } });
    const basic = `Basic ${Buffer.from('ann:secret').toString('base64')}`;
    const answers = await Promise.all(['', basic, 'Bearer token-1', 'Bearer token-2'].map(get));
    expect(answers.map(({ status }) => status)).toEqual([401, 200, 200, 401]);
    expect(answers[1]?.headers.get('access-control-allow-origin')).toBe('https://ui.example');
    expect(answers[1]?.headers.get('x-frame-options')).toBe('DENY');
    const asking = { origin: 'https://ui.example', 'access-control-request-method': 'DELETE' };
    const preflight = await fetch(`${worker.address}/connectors`, { method: 'OPTIONS', headers: asking });
    expect(preflight.headers.get('access-control-allow-methods')?.split(/, */)).toEqual(['GET', 'DELETE']);
  });

  test('worker.labels, connector.client.config.override.*, topic.creation.enable, topic.tracking.enable, log.level and offset.storage.* bind what connectors do', async () => {
    await using worker = await start('bound', {
      'worker.labels': 'zone=north',
      'connector.client.config.override.policy': 'Allowlist',
      'connector.client.config.override.allowlist': 'linger.ms',
      'topic.creation.enable': 'false',
      'topic.tracking.enable': 'false',
      'log.level': 'debug',
      'offset.storage.partitions': '3',
    });
    const { rest } = worker;
    const override = (key: string) => rest.call('POST', '/connectors', { name: key, config: { ...fileSource('t'), [key]: '1' } });
    expect((await override('producer.override.linger.ms')).status).toBe(201);
    expect((await override('producer.override.batch.size')).status).toBe(400);
    expect((await rest.call('GET', '/connectors/producer.override.linger.ms/topics')).status).toBe(403);
    const { members } = (await rest.call('GET', '/cluster')).body as { readonly members: readonly unknown[] };
    expect(members).toMatchObject([{ labels: { zone: 'north' } }]);
    expect((await rest.call('GET', '/admin/loggers/root')).body).toMatchObject({ level: 'DEBUG' });
    const topic = `uncreated-${String(process.pid)}`;
    await writeFile(join(cwd, 'bound.txt'), 'one\n');
    const wishes = { 'topic.creation.default.partitions': '3', 'topic.creation.default.replication.factor': '1' };
    await rest.create('wishes', { ...fileSource(topic), ...wishes, file: join(cwd, 'bound.txt') });
    const admin = new Kafka({ brokers: [...servers.kafkaBrokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await until('the record is written', async () => (await admin.listTopics()).includes(topic), { withinMs: 60_000 });
    const positions = `bound-${String(process.pid)}-offsets`;
    const { topics } = await admin.fetchTopicMetadata({ topics: [positions, topic] });
    await admin.disconnect();
    const partitionsOf = Object.fromEntries(topics.map(({ name, partitions }) => [name, partitions.length]));
    expect(partitionsOf).toEqual({ [positions]: 3, [topic]: 1 });
  });

  test('offset.storage.replication.factor is that of the topic of positions: one broker has no two replicas', async () => {
    await using worker = await start('replicated', { 'offset.storage.replication.factor': '2' });
    await worker.rest.create('replicated', fileSource('replicated'));
    expect(await worker.rest.failed('replicated')).toContain('INVALID_REPLICATION_FACTOR');
  });

  test('config.providers.* say which placeholders are resolved; topic.tracking.allow.reset=false keeps what is known of topics', async () => {
    const topic = `resolved-${String(process.pid)}`;
    await mkdir(join(cwd, 'open'));
    await writeFile(join(cwd, 'open', 'topic'), topic);
    await writeFile(join(cwd, 'topic'), topic);
    await writeFile(join(cwd, 'lines.txt'), 'one\n');
    const settings = {
      'config.providers': 'env,dir',
      'config.providers.env.param.allowlist.pattern': 'CONNECT_TOPIC_.*',
      'config.providers.dir.param.allowed.paths': join(cwd, 'open'),
      'topic.tracking.allow.reset': 'false',
    };
    await using worker = await start('resolved', settings, { settings: { 'topic.a': topic } });
    const { rest } = worker;
    const create = (name: string, placeholder: string) =>
      rest.create(name, { ...fileSource(`${name}-${placeholder}`), file: join(cwd, 'lines.txt') });
    for (const [name, placeholder] of Object.entries({ env: '${env:CONNECT_TOPIC_A}', dir: `\${dir:${cwd}/open:topic}` })) {
      await create(name, placeholder);
      const used = async (): Promise<unknown> => (await rest.call('GET', `/connectors/${name}/topics`)).body;
      const expected = JSON.stringify({ [name]: { topics: [`${name}-${topic}`] } });
      await until(`${name} has its topic`, async () => JSON.stringify(await used()) === expected, { withinMs: 60_000 });
    }
    expect((await rest.call('PUT', '/connectors/env/topics/reset')).status).toBe(403);
    for (const [name, placeholder] of Object.entries({ path: '${env:PATH}', other: `\${dir:${cwd}:topic}`, file: `\${file:${cwd}/x:y}` })) {
      await create(name, placeholder);
      expect(await rest.failed(name)).toContain(placeholder);
    }
  });

  test('metrics.sample.window.ms and metrics.num.samples say how far averages look back', async () => {
    await using worker = await start('windows', { 'metrics.sample.window.ms': '100', 'metrics.num.samples': '1' });
    await writeFile(join(cwd, 'lines.txt'), 'one\n');
    await worker.rest.create('short', { ...fileSource('windows'), file: join(cwd, 'lines.txt') });
    const average = async (): Promise<string | undefined> =>
      /^kafka_connect_connector_task_metrics_batch_size_avg\{.*\} (\S+)$/m.exec(
        await (await fetch(`${worker.address}/metrics`)).text(),
      )?.[1];
    await until('the only batch is out of sight', async () => (await average()) === 'NaN', { withinMs: 30_000 });
  });

  test('load.interval.ms says how soon a task weighs what it moves', async () => {
    await using worker = await start('moving', { 'load.interval.ms': '1000' });
    await writeFile(join(cwd, 'moving.txt'), `${'x'.repeat(999)}\n`.repeat(40_000));
    await worker.rest.create('moving', { ...fileSource(`moving-${String(process.pid)}`), file: join(cwd, 'moving.txt') });
    interface Owner {
      readonly task: number | null;
      readonly weight: number;
      readonly bytes_per_second: number;
    }
    const task = async (): Promise<Owner | undefined> => {
      const { owners } = (await worker.rest.call('GET', '/cluster')).body as { readonly owners: readonly Owner[] };
      return owners.find((owner) => owner.task !== null);
    };
    const weight = await until(
      'the task weighs more',
      async () => {
        const owner = await task();
        return owner !== undefined && owner.weight > 1 ? owner : undefined;
      },
      { withinMs: 30_000 },
    );
    expect(weight.bytes_per_second).toBe((weight.weight - 1) * 1_048_576);
    const text = await (await fetch(`${worker.address}/metrics`)).text();
    expect(text).toMatch(/^headrace_task_bytes_total\{connector="moving",task="0"\} 3996\d{4}$/m);
    await until('the task rests again', async () => (await task())?.weight === 1, { withinMs: 60_000 });
  });
});

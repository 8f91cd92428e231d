import { freePort } from '@headrace/testkit';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildWorker, OwnWorker } from '../support/own-worker.ts';
import { propertiesText } from '../support/properties.ts';
import { startStack, type Servers } from '../support/stack.ts';
import { until } from '../support/wait.ts';

// Kafka's quick start as its own files have it, without etcd.
const topic = `connect-test-${String(process.pid)}`;

const connectorFiles = {
  'connect-file-source.properties': `name=local-file-source\nconnector.class=FileStreamSource\ntasks.max=1\nfile=test.txt\ntopic=${topic}\n`,
  'connect-file-sink.json': JSON.stringify({
    name: 'local-file-sink',
    config: { 'connector.class': 'FileStreamSink', 'tasks.max': 1, file: 'test.sink.txt', topics: topic },
  }),
};

describe('a worker that is alone', () => {
  let servers: Servers;
  let cwd: string;

  beforeAll(async () => {
    servers = await startStack(['--only', 'kafka']);
    await buildWorker();
    cwd = await mkdtemp(join(tmpdir(), 'headrace-standalone-'));
    const settings = {
      'bootstrap.servers': servers.kafkaBrokers.join(','),
      'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'key.converter.schemas.enable': 'true',
      'value.converter.schemas.enable': 'true',
      'offset.storage.file.filename': join(cwd, 'connect.offsets'),
      'offset.flush.interval.ms': '500',
      'offset.storage.topic': `standalone-${String(process.pid)}-offsets`,
      'cluster.id': `standalone-${String(process.pid)}`,
    };
    await writeFile(join(cwd, 'connect-standalone.properties'), propertiesText(settings));
    for (const [name, content] of Object.entries(connectorFiles)) await writeFile(join(cwd, name), content);
  }, 240_000);

  afterAll(() => rm(cwd, { recursive: true }));

  const start = (files: readonly string[] = Object.keys(connectorFiles)): Promise<OwnWorker> =>
    OwnWorker.start({ args: ['connect-standalone.properties', ...files], cwd });

  const sunk = async (count: number): Promise<readonly string[]> =>
    until(
      `${String(count)} lines are in the file of the sink`,
      async () => {
        const lines = (await readFile(join(cwd, 'test.sink.txt'), 'utf8').catch(() => '')).split('\n').slice(0, -1);
        return lines.length >= count ? lines : undefined;
      },
      { withinMs: 60_000 },
    );

  test('runs the connectors named on its command line, and after a restart goes on behind what it has done', async () => {
    await writeFile(join(cwd, 'test.txt'), 'foo\nbar\n');
    {
      await using worker = await start();
      expect(await sunk(2)).toEqual(['foo', 'bar']);
      const { body } = await worker.rest.call('GET', '/connectors');
      expect(body).toEqual(['local-file-sink', 'local-file-source']);
      expect((await worker.rest.call('PUT', '/connectors/local-file-sink/pause')).status).toBe(202);
      expect(await worker.stop()).toBe(0);
    }
    await appendFile(join(cwd, 'test.txt'), 'baz\n');
    await using worker = await start();
    await worker.rest.running('local-file-source');
    const paused = await worker.rest.call('GET', '/connectors/local-file-sink/status');
    expect(paused.body).toMatchObject({ connector: { state: 'PAUSED' } });
    await worker.rest.call('PUT', '/connectors/local-file-sink/resume');
    expect(await sunk(3)).toEqual(['foo', 'bar', 'baz']);
  });

  test('keeps a connector made by REST over a kill', async () => {
    {
      await using worker = await start([]);
      await worker.rest.create('by-rest', {
        'connector.class': 'FileStreamSource',
        file: join(cwd, 'none.txt'),
        topic,
      });
    }
    await using worker = await start([]);
    await worker.rest.running('by-rest');
    await worker.rest.call('DELETE', '/connectors/by-rest');
  });

  test('does not start with a connector that is refused, and says which file it is of', async () => {
    await writeFile(join(cwd, 'bad.properties'), 'name=bad\nconnector.class=FileStreamSource\n');
    const { code, errors } = await OwnWorker.refused({ args: ['connect-standalone.properties', 'bad.properties'], cwd });
    expect(code).toBe(2);
    expect(errors).toMatch(/bad\.properties is refused[\s\S]*"topic" which has no default value/);
  });

  test('ends when it is told to, although something was left open', async () => {
    const nodeOptions = ['--import', 'data:text/javascript,setInterval(() => undefined, 1000)'];
    await using worker = await OwnWorker.start({ args: ['connect-standalone.properties'], cwd, nodeOptions });
    expect(await worker.stop()).toBe(0);
  });

  test('is the only one on its file', async () => {
    await using worker = await start([]);
    expect((await worker.rest.call('GET', '/')).status).toBe(200);
    const { code, errors } = await OwnWorker.refused({ args: ['connect-standalone.properties'], cwd });
    expect(code).toBe(2);
    expect(errors).toMatch(/connect\.offsets is in use by process/);
  });

  test('keeps its admin endpoints at an address of their own', async () => {
    const admin = `http://127.0.0.1:${String(await freePort())}`;
    await using worker = await OwnWorker.start({ args: ['connect-standalone.properties'], cwd, settings: { 'admin.listeners': admin } });
    const statuses = await Promise.all(
      [worker.address, admin].flatMap((base) => ['/admin/loggers', '/connectors'].map(async (path) => (await fetch(base + path)).status)),
    );
    expect(statuses).toEqual([404, 200, 200, 404]);
    expect(await worker.stop()).toBe(0);
  });
});

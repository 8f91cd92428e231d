import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWorkerSettings } from './worker-settings.ts';

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'headrace-settings-'));
});

afterAll(() => rm(dir, { recursive: true }));

const fileOf = async (text: string): Promise<string> => {
  const path = join(dir, 'connect-distributed.properties');
  await writeFile(path, text);
  return path;
};

describe('settings of a worker', () => {
  test('come from the environment, with the prefix of the Kafka Connect images too; ours wins', async () => {
    const { raw, unused } = await readWorkerSettings({
      CONNECT_BOOTSTRAP_SERVERS: 'theirs:9092',
      HEADRACE_BOOTSTRAP_SERVERS: 'ours:9092',
      HEADRACE_VALUE_CONVERTER_SCHEMA_REGISTRY_URL: 'http://r:8081',
      HEADRACE_CACHE: '/somewhere/else',
      PATH: '/bin',
    });
    expect(raw).toEqual({ 'bootstrap.servers': 'ours:9092', 'value.converter.schema.registry.url': 'http://r:8081' });
    expect(unused).toEqual([]);
  });

  test('come from a connect-distributed.properties; the environment wins, and what has no effect is listed', async () => {
    const file = await fileOf(
      '# worker\ngroup.id=shop\nbootstrap.servers=file:9092\nstatus.storage.topic=s\ncolour = red\nlisteners=http://:9\n',
    );
    expect(await readWorkerSettings({ CONNECT_LISTENERS: 'http://0.0.0.0:8083' }, file)).toEqual({
      raw: { 'cluster.id': 'shop', 'bootstrap.servers': 'file:9092', listeners: 'http://0.0.0.0:8083' },
      unused: ['colour', 'status.storage.topic'],
    });
  });

  test('may refer to secrets', async () => {
    await writeFile(join(dir, 'password'), 'hunter2');
    const { raw } = await readWorkerSettings({}, await fileOf(`ssl.key.password=\${dir:${dir}:password}\n`));
    expect(raw).toEqual({ 'ssl.key.password': 'hunter2' });
  });
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildWorker, OwnWorker } from '../support/own-worker.ts';
import { propertiesText } from '../support/properties.ts';
import { root } from '../support/scripts.ts';
import { startStack, type Servers } from '../support/stack.ts';
import { until } from '../support/wait.ts';

const run = promisify(execFile);
const example = join(root, 'test/examples/headrace-plugins-counter');

describe('the example of packages/docs/plugins.md, built outside of this repository', () => {
  let servers: Servers;
  let cwd: string;
  let plugins: string;

  beforeAll(async () => {
    servers = await startStack(['--only', 'kafka']);
    await buildWorker();
    cwd = await mkdtemp(join(tmpdir(), 'headrace-plugins-'));
    plugins = join(cwd, 'plugins', 'headrace-plugins-counter');
    await cp(example, plugins, { recursive: true, filter: (path) => !path.includes('/dist') });
    // As `npm install` would have it.
    await symlink(join(root, 'node_modules'), join(plugins, 'node_modules'));
    await run(join(root, 'node_modules/.bin/tsc'), [], { cwd: plugins });
  }, 240_000);

  afterAll(() => rm(cwd, { recursive: true }));

  test('passes the conformance suite with the test runner of Node.js', async () => {
    const { stdout } = await run(process.execPath, ['--test', 'dist/conformance.test.js'], { cwd: plugins });
    expect(stdout).toMatch(/^. fail 0$/m);
    expect(Number(/^. pass (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThan(30);
  });

  test('runs in a worker that names its folder in plugin.path', async () => {
    const topic = `counted-${String(process.pid)}`;
    const settings = {
      'bootstrap.servers': servers.kafkaBrokers.join(','),
      'plugin.path': join(cwd, 'plugins'),
      'offset.storage.file.filename': join(cwd, 'state'),
      'offset.storage.topic': `${topic}-offsets`,
      'cluster.id': topic,
      'offset.flush.interval.ms': '500',
      'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'value.converter': 'TallyConverter',
    };
    await writeFile(join(cwd, 'worker.properties'), propertiesText(settings));
    await using worker = await OwnWorker.start({ args: ['worker.properties'], cwd });
    const { body } = await worker.rest.call('GET', '/connector-plugins?connectorsOnly=false');
    expect(body).toEqual(
      expect.arrayContaining([
        { class: 'org.example.BoardSinkConnector', type: 'sink', version: '1.0.0' },
        { class: 'org.example.CounterSourceConnector', type: 'source', version: '1.0.0' },
        { class: 'org.example.IsEven', type: 'predicate', version: '1.0.0' },
        { class: 'org.example.Multiply', type: 'transformation', version: '1.0.0' },
        { class: 'org.example.TallyConverter', type: 'converter', version: '1.0.0' },
      ]),
    );
    await worker.rest.create('counting', {
      'connector.class': 'org.example.CounterSourceConnector',
      topic,
      to: '4',
      transforms: 'twice,number',
      ...{ 'transforms.twice.type': 'org.example.Multiply', 'transforms.twice.predicate': 'even' },
      ...{ predicates: 'even', 'predicates.even.type': 'org.example.IsEven' },
      // One of the worker's own, over a struct that the plugin has made.
      'transforms.number.type': 'org.apache.kafka.connect.transforms.ExtractField$Value',
      'transforms.number.field': 'number',
    });
    await worker.rest.running('counting');
    await worker.rest.create('written', {
      'connector.class': 'org.example.BoardSinkConnector',
      topics: topic,
      file: join(cwd, 'out.txt'),
    });
    const lines = await until(
      'four lines are written',
      async () => {
        const found = (await readFile(join(cwd, 'out.txt'), 'utf8')).split('\n').slice(0, -1);
        return found.length >= 4 ? found : undefined;
      },
      { withinMs: 60_000 },
    );
    expect(lines).toEqual(['1', '4', '3', '8']);
  });
});

import { freePort, OwnProcess } from '@headrace/testkit';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../support/scripts.ts';
import { startStack, type Servers } from '../support/stack.ts';
import { buildStages, type BuiltImage } from './image-stages.ts';

const buildMs = 600_000;
/** The user of the image; only root can take it on. */
const user = process.getuid?.() === 0 ? { uid: 10_001, gid: 10_001 } : {};

/** As the chart sets them. */
const settingsOf = (servers: Servers, address: string): Readonly<Record<string, string>> => ({
  HEADRACE_CLUSTER_ID: `image-${String(process.pid)}`,
  HEADRACE_LISTENERS: address,
  HEADRACE_BOOTSTRAP_SERVERS: servers.kafkaBrokers.join(','),
  HEADRACE_ETCD_ENDPOINTS: servers.etcdEndpoints.join(','),
  HEADRACE_KEY_CONVERTER_SCHEMA_REGISTRY_URL: servers.registryUrl,
  HEADRACE_VALUE_CONVERTER_SCHEMA_REGISTRY_URL: servers.registryUrl,
});

describe('what the Dockerfile builds', () => {
  let folder: string;
  let image: BuiltImage;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'headrace-image-'));
    await chmod(folder, 0o755);
    image = await buildStages(join(root, 'deploy/Dockerfile'), folder);
  }, buildMs);

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test('holds no sources and no development tools', () => {
    const app = join(image.root, image.workdir);
    expect(existsSync(join(app, 'packages/worker/dist/bundle/main.js'))).toBe(true);
    for (const absent of ['packages/worker/src', 'node_modules/typescript', 'node_modules/jest', 'node_modules/esbuild'])
      expect(existsSync(join(app, absent))).toBe(false);
  });

  test('its command is a worker that gets healthy, answers the command line inside, and drains at SIGTERM', async () => {
    const servers = await startStack(['--only', 'etcd,kafka,registry']);
    const address = `http://127.0.0.1:${String(await freePort())}`;
    const inside = (...words: readonly string[]): readonly [string, readonly string[], object] => [
      join(image.root, 'usr/local/bin/node'),
      words,
      { cwd: join(image.root, image.workdir), env: { ...image.environment, ...settingsOf(servers, address) }, ...user },
    ];
    await using worker = new OwnProcess(...inside(...image.command.slice(1)));
    await worker.untilUp(async () => {
      const { status } = await fetch(`${address}/health`);
      if (status !== 200) throw new Error(`/health answers ${String(status)}.`);
    });
    const { stdout } = await promisify(execFile)(...inside('bin/headrace', 'plugins', 'list', '--url', address));
    expect(stdout).toContain('io.debezium.connector.postgresql.PostgresConnector');
    expect(await worker.stop()).toBe(0);
  });
});

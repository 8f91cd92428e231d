import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { exists, findProgram, run, tryRun } from '../commands.ts';
import { portVariable } from '../containers/compose-variables.ts';
import { StackError } from '../errors.ts';
import { canDownload, downloadPackages, unpackPackages } from '../install/debian-suite.ts';
import { withLock } from '../lock.ts';
import { probeHttp } from './probes.ts';
import type { Health, Report, ServiceDefinition, ServicePlace, StackPlace } from '../types.ts';

const goModule = 'go.etcd.io/etcd/server/v3';
const goVersion = 'v3.6.16';

// History is kept for an hour: long enough for any watcher to catch up, short enough for the quota.
const tuning = ['--auto-compaction-mode=periodic', '--auto-compaction-retention=1h', '--quota-backend-bytes=1073741824'];

export function etcd(): ServiceDefinition {
  return {
    name: 'etcd',
    group: 'etcd',
    isExtra: false,
    ports: { main: 79, peer: 80 },
    probe: probeEtcd,
    native: {
      install: installEtcd,
      prepare: async ({ serviceDir }) => {
        await mkdir(join(serviceDir, 'data'), { recursive: true, mode: 0o700 });
      },
      command: (place, home) => ({ file: home, args: etcdArguments(place) }),
      marker: ({ serviceDir }) => `--data-dir=${serviceDir}/data`,
      isUnprivileged: false,
      stopSignal: 'SIGTERM',
      graceMs: 5000,
      startTimeoutMs: 30_000,
    },
    container: {
      image: '${ETCD_IMAGE:-rancher/mirrored-coreos-etcd:v3.5.12}',
      ports: { main: 2379 },
      command: [
        'etcd',
        '--name=stack',
        '--data-dir=/data',
        '--listen-client-urls=http://0.0.0.0:2379',
        `--advertise-client-urls=http://127.0.0.1:${portVariable('etcd', 79)}`,
        ...tuning,
      ],
      healthcheck: ['etcdctl', 'endpoint', 'health'],
      dataDir: '/data',
    },
  };
}

function etcdArguments({ serviceDir, port }: ServicePlace): readonly string[] {
  const client = `http://127.0.0.1:${String(port('main'))}`;
  const peer = `http://127.0.0.1:${String(port('peer'))}`;
  return [
    '--name=stack',
    `--data-dir=${serviceDir}/data`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=stack=${peer}`,
    '--log-level=warn',
    ...tuning,
  ];
}

async function probeEtcd(port: number): Promise<Health> {
  const base = `http://127.0.0.1:${String(port)}`;
  const health = await probeHttp(`${base}/health`);
  if (health?.includes('"true"') !== true) return { isReady: false };
  const version = /"etcdserver":"([^"]+)"/.exec((await probeHttp(`${base}/version`)) ?? '')?.[1];
  return { isReady: true, ...(version === undefined ? {} : { version }) };
}

async function installEtcd({ cacheDir }: StackPlace, report: Report): Promise<string> {
  const onPath = await findProgram('etcd');
  if (onPath !== undefined) return onPath;
  const cached = join(cacheDir, 'etcd');
  if (await exists(cached)) return join(cached, 'etcd');
  await withLock(join(cacheDir, 'etcd.lock'), async () => {
    if (await exists(cached)) return;
    const partial = `${cached}.partial`;
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    const isFetched = (await unpackFromDebian(cacheDir, partial, report)) || (await buildWithGo(partial, report));
    if (!isFetched)
      throw new StackError(
        'missingTool',
        'etcd is missing: install etcd 3.4 to 3.6 (apt-get install etcd-server), or Go to have it built.',
      );
    await rename(partial, cached);
  });
  return join(cached, 'etcd');
}

/** trixie's 3.5 is linked against an old glibc only and so runs on bookworm as it is. */
async function unpackFromDebian(cacheDir: string, targetDir: string, report: Report): Promise<boolean> {
  if (!(await canDownload())) return false;
  report('Fetching etcd from Debian trixie...');
  const workDir = join(cacheDir, 'apt-trixie');
  try {
    const packages = ['etcd-server', 'etcd-client'];
    const debs = await downloadPackages({ suite: 'trixie', packages, workDir, hasDependencies: false });
    if (debs === undefined) return false;
    const unpacked = join(workDir, 'root');
    await mkdir(unpacked);
    await unpackPackages(debs, unpacked);
    for (const name of ['etcd', 'etcdctl']) await rename(join(unpacked, 'usr/bin', name), join(targetDir, name));
    return (await tryRun(join(targetDir, 'etcd'), ['--version'])).code === 0;
  } catch {
    return false; // the Go build is the other way
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

async function buildWithGo(targetDir: string, report: Report): Promise<boolean> {
  const go = await findProgram('go', ['/usr/local/go/bin']);
  if (go === undefined) return false;
  report(`Building etcd ${goVersion} with Go (a minute or two)...`);
  const options = { cwd: targetDir };
  await run(go, ['mod', 'init', 'stack'], options);
  await run(go, ['get', `${goModule}@${goVersion}`], options);
  await run(go, ['build', '-trimpath', '-ldflags', '-s -w', '-o', join(targetDir, 'etcd'), goModule], options);
  return true;
}

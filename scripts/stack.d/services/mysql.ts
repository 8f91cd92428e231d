import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { account, mysqlProvisioning } from './account.ts';
import { exists, findProgram, isRoot, run, unprivilegedId } from '../commands.ts';
import { StackError } from '../errors.ts';
import { canDownload, downloadPackages, unpackPackages } from '../install/debian-suite.ts';
import { withLock } from '../lock.ts';
import { probeMysql } from './probes.ts';
import type { Report, ServiceDefinition, ServicePlace, StackPlace } from '../types.ts';

/*
 * Oracle's MySQL is only in Debian sid, whose C library is newer than ours: it runs in a chroot that holds the closure of
 * its packages. The data must be inside the chroot; the folder under .stack is a link to it.
 */

const suite = 'sid';
const packages = ['mysql-server-core'];
const userspec = `--userspec=${String(unprivilegedId)}:${String(unprivilegedId)}`;

const settings: readonly string[] = [
  '--server-id=2',
  '--log-bin=binlog',
  '--binlog-row-metadata=FULL',
  '--gtid-mode=ON',
  '--enforce-gtid-consistency=ON',
  '--innodb-buffer-pool-size=128M',
  '--performance-schema=OFF',
  '--mysqlx=OFF',
  '--secure-file-priv=',
  '--max-connections=300',
  // Health checks leave after the greeting, which counts as an error of the connecting host.
  '--max-connect-errors=1000000000',
  '--skip-name-resolve',
];

export function mysql(): ServiceDefinition {
  return {
    name: 'mysql',
    group: 'mysql',
    isExtra: true,
    ports: { main: 7 },
    probe: probeMysql,
    native: {
      install: installMysql,
      prepare: initialise,
      command: (place, home) => ({ file: 'chroot', args: [userspec, home, '/usr/sbin/mysqld', ...serverArguments(place)] }),
      marker: (place) => `--datadir=${insideRoot(place)}/data `,
      isUnprivileged: true,
      realDir: (stack) => join(rootDir(stack), 'data', createHash('sha256').update(stack.dir).digest('hex').slice(0, 12)),
      stopSignal: 'SIGTERM',
      graceMs: 20_000,
      startTimeoutMs: 60_000,
    },
    container: {
      image: 'mysql:9',
      ports: { main: 3306 },
      environment: { MYSQL_ROOT_PASSWORD: account.password },
      command: ['mysqld', ...settings],
      healthcheck: ['mysqladmin', 'ping', '-h', '127.0.0.1', '-u', account.user, `-p${account.password}`],
      dataDir: '/var/lib/mysql',
      files: { '/docker-entrypoint-initdb.d/headrace.sql': mysqlProvisioning },
      profile: 'mysql',
    },
  };
}

function rootDir({ cacheDir }: StackPlace): string {
  return join(cacheDir, 'mysql-root');
}

function insideRoot(place: ServicePlace): string {
  return `/${relative(rootDir(place), place.serviceDir)}`;
}

function serverArguments(place: ServicePlace): readonly string[] {
  const dir = insideRoot(place);
  return [
    '--no-defaults',
    `--datadir=${dir}/data`,
    `--port=${String(place.port('main'))}`,
    '--bind-address=127.0.0.1',
    `--socket=${dir}/mysql.sock`,
    `--pid-file=${dir}/mysql.pid`,
    `--init-file=${dir}/init.sql`,
    ...settings,
  ];
}

async function installMysql(stack: StackPlace, report: Report): Promise<string> {
  const root = rootDir(stack);
  if (!isRoot || (await findProgram('chroot')) === undefined) {
    throw new StackError('missingTool', 'MySQL runs in a chroot, which needs root: run as root, or use a container engine.');
  }
  if (await exists(root)) return root;
  if (!(await canDownload())) {
    throw new StackError('packageGone', 'MySQL comes from Debian sid and this machine has no Debian mirror: use a container engine.');
  }
  await withLock(join(stack.cacheDir, 'mysql.lock'), async () => {
    if (await exists(root)) return;
    const partial = `${root}.partial`;
    await rm(partial, { recursive: true, force: true });
    await makeRoot(partial, stack.cacheDir, report);
    await rename(partial, root);
  });
  return root;
}

async function makeRoot(root: string, cacheDir: string, report: Report): Promise<void> {
  report(`Fetching MySQL from Debian ${suite}...`);
  const workDir = join(cacheDir, `apt-${suite}`);
  try {
    const debs = await downloadPackages({ suite, packages, workDir, hasDependencies: true });
    if (debs === undefined) {
      throw new StackError(
        'packageGone',
        `Debian ${suite} does not offer ${packages.join(', ')} at the moment: start the stack without "--with mysql".`,
      );
    }
    for (const dir of ['bin', 'sbin', 'lib', 'lib64']) {
      await mkdir(join(root, 'usr', dir), { recursive: true });
      await symlink(`usr/${dir}`, join(root, dir));
    }
    await unpackPackages(debs, root);
    await makeDevices(root);
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

async function makeDevices(root: string): Promise<void> {
  for (const dir of ['data', 'proc', 'tmp', 'dev']) await mkdir(join(root, dir), { recursive: true });
  await chmod(join(root, 'tmp'), 0o1777);
  const devices = { null: 3, random: 8, urandom: 9 };
  for (const [name, minor] of Object.entries(devices)) {
    const path = join(root, 'dev', name);
    if (!(await exists(path))) await run('mknod', ['-m', '666', path, 'c', '1', String(minor)]);
  }
}

async function initialise(place: ServicePlace, home: string): Promise<void> {
  await writeFile(join(place.serviceDir, 'init.sql'), mysqlProvisioning);
  const dataDir = join(place.serviceDir, 'data');
  if (await exists(dataDir)) return;
  const partial = `${dataDir}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial);
  await chown(partial, unprivilegedId, unprivilegedId);
  const server = [userspec, home, '/usr/sbin/mysqld', '--no-defaults', '--initialize-insecure'];
  await run('chroot', [...server, `--datadir=${insideRoot(place)}/data.partial`, '--innodb-buffer-pool-size=128M']);
  await rename(partial, dataDir);
}

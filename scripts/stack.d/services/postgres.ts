import { appendFile, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { exists, findProgram, run } from '../commands.ts';
import { account } from './account.ts';
import { installWithApt } from '../install/apt.ts';
import { probePostgres } from './probes.ts';
import { isAlive, isLeft } from '../native/processes.ts';
import type { Report, ServiceDefinition, ServicePlace, StackPlace } from '../types.ts';

const settings: Readonly<Record<string, string>> = {
  wal_level: 'logical',
  max_replication_slots: '64',
  max_wal_senders: '64',
  max_connections: '300',
};

/** In the file of a native server, so that ALTER SYSTEM can change them; a container is given them as arguments. */
const settingLines = Object.entries(settings)
  .map(([name, value]) => `${name} = '${value}'\n`)
  .join('');

const settingArguments = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

const provisioning = [
  `CREATE ROLE ${account.user} LOGIN SUPERUSER REPLICATION CREATEDB CREATEROLE PASSWORD '${account.password}';`,
  `CREATE DATABASE ${account.database} OWNER ${account.user};`,
  '',
].join('\n');

export function postgres(): ServiceDefinition {
  return {
    name: 'postgres',
    group: 'postgres',
    isExtra: false,
    ports: { main: 32 },
    probe: probePostgres,
    native: {
      install: installPostgres,
      prepare: initialise,
      command: ({ serviceDir, port }, home) => ({
        file: join(home, 'postgres'),
        args: ['-D', `${serviceDir}/data`, '-h', '127.0.0.1', '-p', String(port('main')), '-c', 'unix_socket_directories='],
        isUnprivileged: true,
      }),
      marker: ({ serviceDir }) => `-D ${serviceDir}/data `,
      isUnprivileged: true,
      readVersion,
      // SIGTERM would wait for all clients to leave.
      stopSignal: 'SIGINT',
      graceMs: 15_000,
      startTimeoutMs: 60_000,
    },
    container: {
      image: 'postgres:15',
      ports: { main: 5432 },
      environment: { POSTGRES_USER: 'postgres', POSTGRES_PASSWORD: account.password, POSTGRES_INITDB_ARGS: '--no-locale --encoding=UTF8' },
      command: ['postgres', ...settingArguments],
      healthcheck: ['pg_isready', '-q', '-h', '127.0.0.1', '-U', account.user, '-d', account.database],
      dataDir: '/var/lib/postgresql/data',
      files: { '/docker-entrypoint-initdb.d/headrace.sql': provisioning },
    },
  };
}

/** Resolves to the folder of initdb and postgres; Debian keeps one per major version, off PATH. */
async function findBinDir(): Promise<string | undefined> {
  const versionsDir = '/usr/lib/postgresql';
  const majors = (await readdir(versionsDir).catch((): string[] => [])).map(Number).sort((a, b) => b - a);
  const initdb = await findProgram(
    'initdb',
    majors.map((major) => join(versionsDir, String(major), 'bin')),
  );
  return initdb === undefined ? undefined : dirname(initdb);
}

async function readVersion(): Promise<string | undefined> {
  const binDir = await findBinDir();
  if (binDir === undefined) return undefined;
  return /\d+(\.\d+)+/.exec(await run(join(binDir, 'postgres'), ['--version']))?.[0];
}

async function installPostgres({ cacheDir }: StackPlace, report: Report): Promise<string> {
  const present = await findBinDir();
  if (present !== undefined) return present;
  await installWithApt({ title: 'PostgreSQL', packages: ['postgresql'], cacheDir, report });
  return (await findBinDir()) ?? '';
}

/** Makes the cluster under another name first, so that a half-made one is never started. */
async function initialise({ serviceDir }: ServicePlace, home: string): Promise<void> {
  const dataDir = join(serviceDir, 'data');
  if (await exists(join(dataDir, 'PG_VERSION'))) {
    await forgetKilledServer(dataDir);
    await writeSettings(dataDir);
    return;
  }
  const partial = `${dataDir}.partial`;
  await rm(partial, { recursive: true, force: true });
  const passwordFile = join(serviceDir, 'initdb-password');
  await writeFile(passwordFile, account.password, { mode: 0o644 });
  await run(
    join(home, 'initdb'),
    [
      '-D',
      partial,
      '-U',
      'postgres',
      `--pwfile=${passwordFile}`,
      '--auth-local=trust',
      '--auth-host=scram-sha-256',
      '--no-locale',
      '-E',
      'UTF8',
      '--no-sync',
    ],
    { isUnprivileged: true },
  );
  await writeSettings(partial);
  await run(join(home, 'postgres'), ['--single', '-D', partial, 'postgres'], { isUnprivileged: true, input: provisioning });
  await rename(partial, dataDir);
}

/** Where they are missing: at first, and in a data folder that was made when they were others. The last line of a name counts. */
async function writeSettings(dataDir: string): Promise<void> {
  const file = join(dataDir, 'postgresql.conf');
  if (!(await readFile(file, 'utf8')).includes(settingLines)) await appendFile(file, settingLines);
}

/**
 * A killed postmaster leaves its lock file, and while the process table still shows the dead process (until its parent
 * collects it) the server takes the lock for held. Safe to remove only after its children have left the data folder.
 */
async function forgetKilledServer(dataDir: string): Promise<void> {
  const lockFile = join(dataDir, 'postmaster.pid');
  const owner = Number((await readFile(lockFile, 'utf8').catch(() => '')).split('\n')[0]);
  if (!(owner > 0) || (await isAlive(owner))) return;
  if (await isLeft(dataDir, 10_000)) await rm(lockFile, { force: true });
}

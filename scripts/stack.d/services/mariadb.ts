import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { account, mysqlProvisioning } from './account.ts';
import { exists, findProgram, run } from '../commands.ts';
import { StackError } from '../errors.ts';
import { installWithApt } from '../install/apt.ts';
import { probeMysql } from './probes.ts';
import type { Report, ServiceDefinition, ServicePlace, StackPlace } from '../types.ts';

const settings: readonly string[] = [
  '--server-id=1',
  '--log-bin=binlog',
  '--binlog-format=ROW',
  '--binlog-row-image=FULL',
  '--binlog-row-metadata=FULL',
  '--gtid-strict-mode=ON',
  // What a replica takes over is in its own log as well: readers can move to it.
  '--log-slave-updates=ON',
  '--innodb-buffer-pool-size=128M',
  '--max-connections=300',
  '--character-set-server=utf8mb4',
  // Health checks leave after the greeting, which counts as an error of the connecting host.
  '--max-connect-errors=1000000000',
  '--skip-name-resolve',
];

// The installer makes root accounts without a password; only the one of the socket, in our folder, may stay.
const withoutOpenRoot = "DROP USER IF EXISTS 'root'@'127.0.0.1', 'root'@'::1';\n";

export function mariadb(): ServiceDefinition {
  return {
    name: 'mariadb',
    group: 'mariadb',
    isExtra: false,
    ports: { main: 6 },
    probe: probeMysql,
    native: {
      install: installMariadb,
      prepare: initialise,
      command: ({ serviceDir, port }, home) => ({
        file: home,
        args: [
          '--no-defaults',
          `--datadir=${serviceDir}/data`,
          `--port=${String(port('main'))}`,
          '--bind-address=127.0.0.1',
          // Relative to the data folder: socket paths may not be longer than 107 bytes.
          '--socket=mariadb.sock',
          '--pid-file=mariadb.pid',
          `--init-file=${serviceDir}/init.sql`,
          ...settings,
        ],
        isUnprivileged: true,
      }),
      marker: ({ serviceDir }) => `--datadir=${serviceDir}/data `,
      isUnprivileged: true,
      stopSignal: 'SIGTERM',
      graceMs: 20_000,
      startTimeoutMs: 60_000,
    },
    container: {
      image: 'mariadb:10.11',
      ports: { main: 3306 },
      environment: { MARIADB_ROOT_PASSWORD: account.password },
      command: ['mariadbd', ...settings],
      healthcheck: ['healthcheck.sh', '--connect', '--innodb_initialized'],
      dataDir: '/var/lib/mysql',
      files: { '/docker-entrypoint-initdb.d/headrace.sql': mysqlProvisioning },
    },
  };
}

async function installMariadb({ cacheDir }: StackPlace, report: Report): Promise<string> {
  const present = await findProgram('mariadbd');
  if (present !== undefined) return present;
  // The -core package has the server but nothing that starts it.
  await installWithApt({ title: 'MariaDB', packages: ['mariadb-server-core', 'mariadb-client-core'], cacheDir, report });
  const installed = await findProgram('mariadbd');
  if (installed === undefined)
    throw new StackError('missingTool', 'The package mariadb-server-core brought no mariadbd: install MariaDB 10.11 or newer.');
  return installed;
}

async function initialise({ serviceDir }: ServicePlace): Promise<void> {
  await writeFile(join(serviceDir, 'init.sql'), `${mysqlProvisioning}${withoutOpenRoot}`);
  const dataDir = join(serviceDir, 'data');
  if (await exists(join(dataDir, 'mysql'))) return;
  const partial = `${dataDir}.partial`;
  await rm(partial, { recursive: true, force: true });
  const installer = (await findProgram('mariadb-install-db')) ?? 'mariadb-install-db';
  await run(installer, ['--no-defaults', `--datadir=${partial}`, '--auth-root-authentication-method=normal', '--skip-test-db'], {
    isUnprivileged: true,
    cwd: serviceDir,
  });
  await rename(partial, dataDir);
}

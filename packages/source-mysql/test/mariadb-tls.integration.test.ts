import { chmod, chown, copyFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { makeAuthority, OwnProcess, OwnServers, type Authority } from '@headrace/testkit';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createConnection } from 'mysql2/promise';
import type { RawConfig } from '@headrace/foundation';
import { mariadbSource } from '../src/index.ts';
import { CaptureRun, changesOf, type TestServer } from './capture-run.ts';
import { createDatabase, type TestDatabase } from './test-database.ts';

// The server of the stack started once more, with a certificate; `tls_only` may come by TLS only.
let servers: OwnServers;
let server: OwnProcess;
let authority: Authority;
let trusted: readonly string[];
let db: TestDatabase;

const binlog = ['--server-id=1', '--log-bin=binlog', '--binlog-format=ROW', '--binlog-row-image=FULL', '--binlog-row-metadata=FULL'];

const startWithTls = async (dataDir: string, port: string): Promise<OwnProcess> => {
  const { uid, gid } = await stat(dataDir);
  const own = async (name: string, source: string): Promise<string> => {
    const file = join(dataDir, name);
    await copyFile(source, file);
    await chown(file, uid, gid);
    await chmod(file, 0o600);
    return file;
  };
  const certificate = [
    `--ssl-cert=${await own('server.crt', authority.chainOf('server'))}`,
    `--ssl-key=${await own('server.key', authority.keyOf('server'))}`,
  ];
  const place = ['--no-defaults', `--datadir=${dataDir}`, `--port=${port}`, '--bind-address=127.0.0.1', '--socket=mariadb.sock'];
  return new OwnProcess('mariadbd', [...place, '--skip-name-resolve', ...binlog, ...certificate], { uid, gid });
};

beforeAll(async () => {
  authority = await makeAuthority(await mkdtemp(join(tmpdir(), 'mariadb-tls-')), ['server'], 'DNS:localhost');
  trusted = tls.getCACertificates('default');
  servers = await OwnServers.start(['mariadb']);
  const url = new URL(servers.variable('MARIADB_URL'));
  const open = () => createConnection({ uri: url.href, multipleStatements: true });
  const before = await open();
  const [rows] = await before.query('SELECT @@datadir AS dir');
  await before.end();
  await servers.kill('mariadb');
  server = await startWithTls((rows as { readonly dir: string }[])[0]?.dir ?? '', url.port);
  await server.untilUp(async () => {
    const connection = await open();
    await connection.query("CREATE USER tls_only@'%' IDENTIFIED BY 'secret' REQUIRE SSL; GRANT ALL ON *.* TO tls_only@'%'");
    await connection.end();
  });
  const testServer: TestServer = { connector: mariadbSource, url };
  db = await createDatabase(testServer);
  await db.sql('CREATE TABLE t (id int PRIMARY KEY)');
}, 120_000);

afterAll(async () => {
  tls.setDefaultCACertificates(trusted);
  await db[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await servers[Symbol.asyncDispose]();
  await rm(authority.dir, { recursive: true });
}, 60_000);

let lastId = 0;

/** Streams one row with these settings; the operation of its change. */
const capture = async (mode: string, raw: RawConfig = {}): Promise<readonly string[]> => {
  const user = { 'database.user': 'tls_only', 'database.password': 'secret', 'snapshot.mode': 'no_data' };
  await using run = await CaptureRun.start(mariadbSource, db.config({ ...user, 'database.ssl.mode': mode, ...raw }));
  lastId += 1;
  await db.sql(`INSERT INTO t VALUES (${String(lastId)})`);
  return changesOf(await run.take(1)).map(({ op, after }) => `${op} ${String(after?.['id'])}`);
};

const captured = (): readonly string[] => [`c ${String(lastId)}`];
const byName = { 'database.hostname': 'localhost' };

describe('database.ssl.mode of MariaDB', () => {
  test('disable does not get in where TLS is demanded', async () => {
    await expect(capture('disable')).rejects.toMatchObject({ code: 'mysql.access_denied', reaction: 'task-failure' });
  });

  test('trust streams over TLS, whoever has signed the certificate', async () => {
    expect(await capture('trust')).toEqual(captured());
  });

  test('verify-ca and verify-full refuse a certificate of an authority that nobody knows', async () => {
    for (const mode of ['verify-ca', 'verify-full']) await expect(capture(mode, byName)).rejects.toMatchObject({ code: 'mysql.tls' });
  });

  test('with the authority known, verify-ca takes any name of the host, and verify-full that of the certificate', async () => {
    tls.setDefaultCACertificates([...trusted, await readFile(authority.certificate, 'utf8')]);
    expect(await capture('verify-ca')).toEqual(captured());
    expect(await capture('verify-full', byName)).toEqual(captured());
  });

  test('verify-full does not vouch for an address, which the driver does not compare', async () => {
    await expect(capture('verify-full')).rejects.toThrow(/the address 127\.0\.0\.1/);
  });
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPrivateKey } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RawConfig } from '@headrace/foundation';
import { giveCertificate, makeAuthority, OwnServers, switchTls, type Authority } from '@headrace/testkit';
import pg from 'pg';
import { createDatabase, eventually, startRun, type TestDatabase } from './harness.ts';

// A server of this test with a certificate: `tls_only` may come by TLS only, `task` with a certificate instead of a password.
let servers: OwnServers;
let authority: Authority;
let admin: pg.Client;
let db: TestDatabase;

const access = `
hostssl all task     127.0.0.1/32 cert
hostssl all tls_only 127.0.0.1/32 scram-sha-256
host    all tls_only 127.0.0.1/32 reject
host    all all      127.0.0.1/32 scram-sha-256
`;

beforeAll(async () => {
  servers = await OwnServers.start(['postgres']);
  process.env['POSTGRES_URL'] = servers.variable('POSTGRES_URL');
  authority = await makeAuthority(await mkdtemp(join(tmpdir(), 'postgres-tls-')), ['server', 'task']);
  admin = new pg.Client({ connectionString: servers.variable('POSTGRES_URL') });
  await admin.connect();
  await giveCertificate(admin, authority, access);
  await admin.query("CREATE ROLE tls_only LOGIN SUPERUSER PASSWORD 'secret'; CREATE ROLE task LOGIN SUPERUSER");
  await switchTls(admin, 'on');
  db = await createDatabase();
  await db.sql('CREATE TABLE t (id int PRIMARY KEY)');
}, 120_000);

afterAll(async () => {
  await db[Symbol.asyncDispose]();
  await admin.end();
  await servers[Symbol.asyncDispose]();
  await rm(authority.dir, { recursive: true });
}, 60_000);

/** Whether the sessions of a running capture are encrypted, the replication stream's among them. */
const encryption = async (raw: RawConfig): Promise<readonly boolean[]> => {
  await using run = await startRun({ ...db.config, 'snapshot.mode': 'no_data', ...raw });
  const rows = await eventually(async () => {
    await run.step();
    const found = await sessions();
    if (!found.some(({ type }) => type === 'walsender')) throw new Error('The capture does not stream yet.');
    return found;
  });
  return [...new Set(rows.map(({ ssl }) => ssl))];
};

/** All of the database but those of the test. */
const sessions = async (): Promise<readonly { readonly ssl: boolean; readonly type: string }[]> => {
  const own = (await db.sql('SELECT pg_backend_pid() AS pid'))[0]?.['pid'];
  const { rows } = await admin.query<{ ssl: boolean; type: string }>(
    'SELECT ssl, backend_type AS type FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE datname = $1 AND pid <> $2',
    [db.name, own],
  );
  return rows;
};

const rootOf = (): RawConfig => ({ 'database.sslrootcert': authority.certificate });
const byName = { 'database.hostname': 'localhost' };

describe('database.sslmode', () => {
  test.each([
    ['disable', {}, false],
    ['allow', {}, true],
    ['prefer', {}, true],
    ['require', {}, true],
  ] as const)('%s: the sessions are encrypted as it says', async (mode, raw, isEncrypted) => {
    expect(await encryption({ 'database.sslmode': mode, ...raw })).toEqual([isEncrypted]);
  });

  test('verify-ca wants to know the authority, verify-full the name of the host as well', async () => {
    expect(await encryption({ 'database.sslmode': 'verify-ca', ...rootOf(), ...byName })).toEqual([true]);
    expect(await encryption({ 'database.sslmode': 'verify-full', ...rootOf() })).toEqual([true]);
    const refused = { code: 'postgres.tls_refused', reaction: 'task-failure' };
    await expect(startRun({ ...db.config, 'database.sslmode': 'verify-ca' })).rejects.toMatchObject(refused);
    await expect(startRun({ ...db.config, 'database.sslmode': 'verify-full', ...rootOf(), ...byName })).rejects.toMatchObject(refused);
  });

  test('disable does not get in where TLS is demanded', async () => {
    const user = { 'database.user': 'tls_only', 'database.password': 'secret' };
    expect(await encryption({ ...user, 'database.sslmode': 'require' })).toEqual([true]);
    await expect(startRun({ ...db.config, ...user, 'database.sslmode': 'disable' })).rejects.toMatchObject({
      code: 'postgres.login_refused',
    });
  });

  test('a certificate takes the place of a password', async () => {
    const user = { 'database.user': 'task', 'database.password': null, 'database.sslmode': 'verify-full', ...rootOf() };
    const certificate = { 'database.sslcert': authority.chainOf('task'), 'database.sslkey': authority.keyOf('task') };
    expect(await encryption({ ...user, ...certificate })).toEqual([true]);
    await expect(startRun({ ...db.config, ...user })).rejects.toMatchObject({ code: 'postgres.login_refused' });
  });

  test('a key that lies under a passphrase is opened by database.sslpassword', async () => {
    const key = join(authority.dir, 'locked.key');
    const open = createPrivateKey(await readFile(authority.keyOf('task')));
    await writeFile(key, open.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'sesame' }));
    const user = { 'database.user': 'task', 'database.password': null, 'database.sslmode': 'verify-full', ...rootOf() };
    const raw = { ...user, 'database.sslcert': authority.chainOf('task'), 'database.sslkey': key };
    expect(await encryption({ ...raw, 'database.sslpassword': 'sesame' })).toEqual([true]);
    await expect(startRun({ ...db.config, ...raw, 'database.sslpassword': 'wrong' })).rejects.toMatchObject({
      code: 'postgres.tls_refused',
    });
  });

  test('a file that is not there is named', async () => {
    const raw = { ...db.config, 'database.sslmode': 'verify-full', 'database.sslrootcert': '/nowhere/root.crt' };
    await expect(startRun(raw)).rejects.toThrow(/\/nowhere\/root\.crt/);
  });

  test('without TLS at the server: prefer goes on, require does not', async () => {
    await switchTls(admin, 'off');
    try {
      expect(await encryption({ 'database.sslmode': 'prefer' })).toEqual([false]);
      await expect(startRun({ ...db.config, 'database.sslmode': 'require' })).rejects.toMatchObject({ reaction: 'task-failure' });
    } finally {
      await switchTls(admin, 'on');
    }
  });
});

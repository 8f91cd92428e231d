import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { Secret } from '@headrace/foundation';
import { giveCertificate, makeAuthority, OwnServers, switchTls, type Authority } from '@headrace/testkit';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { parseConnectionUrl } from '../src/connection-url.ts';
import { postgresDialect } from '../src/postgres/postgres-dialect.ts';
import { never } from './support/tasks.ts';

// A server with a certificate for localhost, of an authority that this process knows only from the middle of the test on.
let servers: OwnServers;
let authority: Authority;
let admin: Client;
let trusted: readonly string[];

beforeAll(async () => {
  authority = await makeAuthority(await mkdtemp(join(tmpdir(), 'sink-tls-')), ['server'], 'DNS:localhost');
  trusted = tls.getCACertificates('default');
  servers = await OwnServers.start(['postgres']);
  admin = new Client({ connectionString: servers.variable('POSTGRES_URL') });
  await admin.connect();
  await giveCertificate(admin, authority, 'host all all 127.0.0.1/32 scram-sha-256\n');
  await switchTls(admin, 'on');
}, 120_000);

afterAll(async () => {
  tls.setDefaultCACertificates(trusted);
  await admin.end();
  await servers[Symbol.asyncDispose]();
  await rm(authority.dir, { recursive: true });
}, 60_000);

/** Whether the session of a URL with these parameters is encrypted. */
const encryption = async (parameters: string, host = 'localhost'): Promise<unknown> => {
  const { port, pathname, username, password } = new URL(servers.variable('POSTGRES_URL'));
  const parsed = parseConnectionUrl(`jdbc:postgresql://${host}:${port}${pathname}${parameters}`);
  if ('problem' in parsed) throw new Error(parsed.problem);
  await using session = await postgresDialect.connect({ ...parsed.target, user: username, password: new Secret(password) }, 'test', never);
  const { rows } = await session.query({ text: 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()' }, never);
  return rows[0]?.['ssl'];
};

describe('sslmode of a connection URL', () => {
  test.each([
    ['', 't'],
    ['?sslmode=disable', 'f'],
    ['?sslmode=prefer', 't'],
    ['?sslmode=require', 't'],
    ['?ssl=true', 't'],
  ])('"%s": the session is encrypted: %s', async (parameters, isEncrypted) => {
    expect(await encryption(parameters)).toBe(isEncrypted);
  });

  test('verify-ca and verify-full refuse an authority that nobody knows', async () => {
    for (const mode of ['verify-ca', 'verify-full']) await expect(encryption(`?sslmode=${mode}`)).rejects.toThrow(/certificate/);
  });

  test('with the authority known, verify-ca takes any host and verify-full only the one of the certificate', async () => {
    tls.setDefaultCACertificates([...trusted, await readFile(authority.certificate, 'utf8')]);
    expect(await encryption('?sslmode=verify-ca', '127.0.0.1')).toBe('t');
    expect(await encryption('?sslmode=verify-full')).toBe('t');
    await expect(encryption('?sslmode=verify-full', '127.0.0.1')).rejects.toThrow(/altnames/);
  });

  test('without TLS at the server: prefer goes on, require does not', async () => {
    await switchTls(admin, 'off');
    expect(await encryption('?sslmode=prefer')).toBe('f');
    await expect(encryption('?sslmode=require')).rejects.toThrow(/SSL/);
  });
});

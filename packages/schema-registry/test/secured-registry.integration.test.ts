import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { primitive, type Schema } from '@headrace/connector-api';
import type { RawConfig } from '@headrace/foundation';
import { makeAuthority, type Authority } from '@headrace/testkit';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { avroConverter } from '../src/index.ts';
import { RegistryClient } from '../src/registry-client.ts';

// The registry of the stack behind a gate of this test: TLS, and nobody gets in without one of these.
const { signal } = new AbortController();
const registry = process.env['SCHEMA_REGISTRY_URL'] ?? '';
if (registry === '') throw new Error('SCHEMA_REGISTRY_URL is not set: run `eval "$(./scripts/stack env)"` first.');
const admitted = new Set([`Basic ${Buffer.from('ann:s:e%cret').toString('base64')}`, 'Bearer t0ken']);
const schema: Schema = primitive('string');

let authority: Authority;
let gate: Server;
let trusted: readonly string[];

const bodyOf = async (stream: AsyncIterable<Buffer>): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};

beforeAll(async () => {
  authority = await makeAuthority(await mkdtemp(join(tmpdir(), 'secured-registry-')), ['server']);
  trusted = tls.getCACertificates('default');
  const [key, cert] = [await readFile(authority.keyOf('server')), await readFile(authority.chainOf('server'))];
  gate = createServer({ key, cert }, (request, response) => {
    const { method = 'GET', url = '/', headers } = request;
    const forward = async (): Promise<void> => {
      if (!admitted.has(headers.authorization ?? '')) {
        response.writeHead(401, { 'Content-Type': 'application/json' }).end('{"error_code":401,"message":"who are you"}');
        return;
      }
      const body = await bodyOf(request);
      const answer = await fetch(registry + url, {
        method,
        headers: { 'Content-Type': headers['content-type'] ?? 'application/json' },
        ...(body.length === 0 ? {} : { body }),
      });
      response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(await answer.text());
    };
    forward().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    gate.listen(0, '127.0.0.1', resolve);
  });
});

afterAll(async () => {
  tls.setDefaultCACertificates(trusted);
  gate.closeAllConnections();
  gate.close();
  await rm(authority.dir, { recursive: true });
});

const url = (credentials = ''): string => `https://${credentials}127.0.0.1:${String((gate.address() as AddressInfo).port)}`;

const roundTrip = async (settings: RawConfig): Promise<unknown> => {
  const topic = `secured-${randomUUID()}`;
  const converter = avroConverter.create({ 'schema.registry.url': url(), ...settings }, false);
  const encode = await converter.encoderFor(topic, schema, signal);
  const reader = avroConverter.create({ 'schema.registry.url': url(), ...settings }, false);
  return (await reader.decode(topic, encode('hello'))).value;
};

describe('a registry that wants a login over TLS', () => {
  test('whose authority is not known is not talked to, and the reason is told', async () => {
    const client = new RegistryClient({ urls: [url()], deadlineMs: 200 });
    await expect(client.schema(1, signal)).rejects.toMatchObject({
      code: 'registry.unavailable',
      message: expect.stringMatching(/certificate/) as unknown,
    });
  });

  describe('with its authority among those of the process, as NODE_EXTRA_CA_CERTS has it', () => {
    beforeAll(async () => {
      tls.setDefaultCACertificates([...trusted, await readFile(authority.certificate, 'utf8')]);
    });

    test.each([
      ['a user in basic.auth.user.info', { 'basic.auth.credentials.source': 'USER_INFO', 'basic.auth.user.info': 'ann:s:e%cret' }],
      ['a bearer token', { 'bearer.auth.credentials.source': 'STATIC_TOKEN', 'bearer.auth.token': 't0ken' }],
    ])('registers and reads with %s', async (_, settings) => {
      expect(await roundTrip(settings)).toBe('hello');
    });

    test('registers and reads with a user in the URL', async () => {
      expect(await roundTrip({ 'schema.registry.url': url('ann:s%3Ae%25cret@') })).toBe('hello');
    });

    test.each([
      ['nobody', {}],
      ['a wrong password', { 'basic.auth.credentials.source': 'USER_INFO', 'basic.auth.user.info': 'ann:wrong' }],
      ['a wrong token', { 'bearer.auth.credentials.source': 'STATIC_TOKEN', 'bearer.auth.token': 'wrong' }],
    ])('refuses %s for good, without telling the secret', async (_, settings) => {
      const refused = roundTrip(settings);
      await expect(refused).rejects.toMatchObject({ reaction: 'task-failure', code: 'registry.refused' });
      await expect(refused).rejects.not.toThrow(/wrong/);
    });
  });
});

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Secret, systemClock } from '@headrace/foundation';
import { coordinationStoreContract } from '@headrace/ports/contract';
import { SecuredEtcd } from '@headrace/testkit';
import { EtcdCoordinationStore, type EtcdOptions } from '../src/index.ts';
import { etcdHarness } from './etcd-harness.ts';

// An etcd that wants a certificate and a password, and lets the worker's user at its own keys only.
const { signal } = new AbortController();
const prefix = '/headrace/shop/';

let etcd: SecuredEtcd;

beforeAll(async () => {
  etcd = await SecuredEtcd.start(prefix);
}, 60_000);
afterAll(() => etcd[Symbol.asyncDispose]());

const options = (given: Partial<EtcdOptions> = {}): EtcdOptions => ({
  endpoints: [etcd.endpoint],
  clock: systemClock,
  tls: {
    ca: readFileSync(etcd.authority.certificate),
    key: readFileSync(etcd.authority.keyOf('worker')),
    certificate: readFileSync(etcd.authority.chainOf('worker')),
  },
  auth: { username: etcd.user.name, password: new Secret(etcd.user.password) },
  ...given,
});

coordinationStoreContract('the coordination store on an etcd with TLS, certificates and users', () => {
  const store = new EtcdCoordinationStore(options());
  const own = `${prefix}${randomUUID()}/`;
  return Promise.resolve({
    ...etcdHarness(store, own, etcd.root),
    close: () => store[Symbol.asyncDispose](),
  });
});

describe('who may not', () => {
  test.each([
    ['has a wrong password', () => ({ auth: { username: etcd.user.name, password: new Secret('wrong') } }), `${prefix}x`],
    ['asks for keys of others', () => ({}), '/registry/secrets'],
  ])('is told at once: %s', async (_, given, key) => {
    await using store = new EtcdCoordinationStore(options(given()));
    await expect(store.get(key, signal)).rejects.toMatchObject({ reaction: 'config', code: 'etcd.access_denied' });
  });

  test('shows no certificate, and no password of his is ever asked for', async () => {
    await using store = new EtcdCoordinationStore(options({ tls: { ca: readFileSync(etcd.authority.certificate) }, callTimeoutMs: 2_000 }));
    await expect(store.get(`${prefix}x`, signal)).rejects.toMatchObject({ code: 'coordination.unavailable' });
  });
});

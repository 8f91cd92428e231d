import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { restSecurity } from './rest-security.ts';
import { parseWorkerConfig } from './worker-config.ts';

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'headrace-security-'));
  await writeFile(join(dir, 'users'), '# people\nann:secret\n\nbob:b:c\n');
  await writeFile(join(dir, 'key.pem'), 'PEM');
});

afterAll(() => rm(dir, { recursive: true }));

const securityOf = (settings: Readonly<Record<string, string>>) => {
  const raw = { 'bootstrap.servers': 'k:9092', 'etcd.endpoints': 'http://e:2379', ...settings };
  return restSecurity(parseWorkerConfig(raw), raw);
};

describe('security of the REST API', () => {
  test('is off by default', () => {
    expect(securityOf({})).toEqual({ shared: {} });
  });

  test('takes users from a file', () => {
    expect(securityOf({ 'rest.basic.auth.file': join(dir, 'users') }).shared).toEqual({
      credentials: { basic: ['ann:secret', 'bob:b:c'], bearer: [] },
    });
  });

  test('serves HTTPS with a key, and asks clients for certificates as told', () => {
    const settings = { listeners: 'https://0.0.0.0:8443', 'ssl.keystore.location': join(dir, 'key.pem') };
    const pem = Buffer.from('PEM');
    expect(securityOf(settings).tls).toMatchObject({ key: pem, cert: pem, requestCert: false, rejectUnauthorized: false });
    expect(securityOf({ ...settings, 'ssl.client.auth': 'required' }).tls).toMatchObject({ requestCert: true, rejectUnauthorized: true });
  });

  test('takes nothing from the Kafka clients’ TLS where the listener has settings of its own', () => {
    const settings = {
      listeners: 'https://0.0.0.0:8443',
      'ssl.keystore.location': join(dir, 'key.pem'),
      'ssl.client.auth': 'required',
      'listeners.https.ssl.keystore.key': 'OWN KEY',
      'listeners.https.ssl.keystore.certificate.chain': 'OWN CHAIN',
    };
    expect(securityOf(settings).tls).toEqual({ key: 'OWN KEY', cert: 'OWN CHAIN', requestCert: false, rejectUnauthorized: false });
    expect(() => securityOf({ ...settings, 'listeners.https.ssl.client.auth': 'maybe' })).toThrow(/listeners\.https\.ssl\.client\.auth/);
  });

  test('gives the admin endpoints the TLS of their own settings, else that of ssl.*', () => {
    const settings = {
      'admin.listeners': 'https://127.0.0.1:9443',
      'ssl.keystore.location': join(dir, 'key.pem'),
      'listeners.https.ssl.keystore.key': 'OTHER',
    };
    const pem = Buffer.from('PEM');
    expect(securityOf(settings)).toMatchObject({ adminTls: { key: pem, cert: pem } });
    expect(securityOf(settings).tls).toBeUndefined();
    const own = { 'admin.listeners.https.ssl.keystore.key': 'OWN', 'admin.listeners.https.ssl.keystore.certificate.chain': 'CHAIN' };
    expect(securityOf({ ...settings, ...own }).adminTls).toMatchObject({ key: 'OWN', cert: 'CHAIN' });
  });

  test('gives answers the headers that are asked for', () => {
    const text = 'set X-Frame-Options: DENY, "add Cache-Control: no-cache, no-store", setDate Expires: 31540000000';
    expect(securityOf({ 'response.http.headers.config': text }).shared).toEqual({
      headers: [
        { action: 'set', name: 'X-Frame-Options', value: 'DENY' },
        { action: 'add', name: 'Cache-Control', value: 'no-cache, no-store' },
        { action: 'set', name: 'Expires', value: 31_540_000_000 },
      ],
    });
    expect(() => securityOf({ 'response.http.headers.config': 'put X: y,setDate E: soon' })).toThrow(/put X: y[\s\S]*setDate E: soon/);
  });

  test('names every problem', () => {
    const settings = {
      listeners: 'https://0.0.0.0:8443',
      'rest.bearer.auth.file': join(dir, 'nothing'),
      'access.control.allow.origin': '*,(',
    };
    expect(() => securityOf(settings)).toThrow(
      /ssl\.keystore\.location[\s\S]*rest\.bearer\.auth\.file[\s\S]*access\.control\.allow\.origin/,
    );
  });
});

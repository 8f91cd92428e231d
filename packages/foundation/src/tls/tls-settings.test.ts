import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readTlsOptions, tlsProblems } from './tls-settings.ts';

const file = (name: string, content: string | Buffer): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'tls-')), name);
  writeFileSync(path, content);
  return path;
};

describe('TLS settings by Kafka’s names', () => {
  test('without any leave everything to the system', () => {
    expect(readTlsOptions({})).toEqual({ options: {}, problems: [] });
  });

  test('read PEM stores: the authorities, and key and chain from one file', () => {
    const [trust, keys] = [file('ca.pem', 'CA'), file('key.pem', 'KEY')];
    const { options } = readTlsOptions({
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': trust,
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': keys,
      'ssl.key.password': 'p',
      'ssl.enabled.protocols': 'TLSv1.3, TLSv1.2',
    });
    expect(options).toEqual({
      ca: Buffer.from('CA'),
      cert: Buffer.from('KEY'),
      key: Buffer.from('KEY'),
      passphrase: 'p',
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.3',
    });
  });

  test('take PEM texts as they are, and PKCS12 stores with their password', () => {
    const inline = {
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.certificates': 'CA',
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.certificate.chain': 'CHAIN',
      'ssl.keystore.key': 'KEY',
    };
    expect(readTlsOptions(inline).options).toEqual({ ca: 'CA', cert: 'CHAIN', key: 'KEY' });
    const store = { 'ssl.keystore.type': 'PKCS12', 'ssl.keystore.location': file('k.p12', 'P12'), 'ssl.keystore.password': 's' };
    expect(readTlsOptions(store).options).toEqual({ pfx: Buffer.from('P12'), passphrase: 's' });
  });

  test('check the name of the host unless told not to', () => {
    expect(readTlsOptions({ 'ssl.endpoint.identification.algorithm': 'https' }).options).toEqual({});
    expect(readTlsOptions({ 'ssl.endpoint.identification.algorithm': '' }).options.checkServerIdentity?.('h', {} as never)).toBeUndefined();
  });

  test('name the file that cannot be read', () => {
    const { problems } = readTlsOptions({ 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': '/nowhere/ca.pem' });
    expect(problems).toEqual([
      expect.objectContaining({ key: 'ssl.truststore.location', message: expect.stringContaining('/nowhere/ca.pem') }),
    ]);
  });

  test.each([
    ['nothing', undefined],
    ['JKS, Kafka’s default, under which Java reads it too', 'JKS'],
  ])('know a PKCS12 store when its type is %s', (_, type) => {
    const content = Buffer.from([0x30, 0x82, 0x01, 0x02]);
    const settings = { 'ssl.keystore.location': file('k.p12', content), ...(type === undefined ? {} : { 'ssl.keystore.type': type }) };
    expect(readTlsOptions(settings).options).toEqual({ pfx: content });
  });

  test('say how to turn a Java store into one that can be read', () => {
    const store = file('store.jks', Buffer.from([0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2]));
    const { problems } = readTlsOptions({ 'ssl.truststore.location': store, 'ssl.keystore.location': store });
    expect(problems).toEqual([
      expect.objectContaining({ key: 'ssl.truststore.location', message: expect.stringContaining('keytool -exportcert -rfc') }),
      expect.objectContaining({ key: 'ssl.keystore.location', message: expect.stringContaining('-deststoretype PKCS12') }),
    ]);
  });

  test('take ssl.protocol as the highest version', () => {
    expect(readTlsOptions({ 'ssl.protocol': 'TLSv1.2' }).options).toEqual({ maxVersion: 'TLSv1.2' });
    expect(readTlsOptions({ 'ssl.protocol': 'TLSv1.3' }).options).toEqual({});
  });

  test.each([
    ['ssl.truststore.type', { 'ssl.truststore.type': 'BCFKS' }],
    ['ssl.keystore.location', { 'ssl.keystore.location': '/k.p12', 'ssl.keystore.key': 'KEY', 'ssl.keystore.certificate.chain': 'C' }],
    ['ssl.keystore.certificate.chain', { 'ssl.keystore.type': 'PEM', 'ssl.keystore.key': 'KEY' }],
    ['ssl.endpoint.identification.algorithm', { 'ssl.endpoint.identification.algorithm': 'ldaps' }],
    ['ssl.protocol', { 'ssl.protocol': 'SSLv3' }],
    ['ssl.enabled.protocols', { 'ssl.enabled.protocols': 'TLSv1' }],
    ['ssl.cipher.suites', { 'ssl.cipher.suites': 'TLS_AES_128_GCM_SHA256' }],
  ])('refuse what has no effect here: %s', (key, settings) => {
    expect(tlsProblems(settings as Record<string, string>).map((problem) => problem.key)).toEqual([key]);
  });
});

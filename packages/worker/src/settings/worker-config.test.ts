import { describe, expect, test } from '@jest/globals';
import { hostname } from 'node:os';
import { advertisedAddress, advertisedUrl } from './listeners.ts';
import { parseWorkerConfig } from './worker-config.ts';

const minimal = { 'bootstrap.servers': 'a:9092,b:9092', 'etcd.endpoints': 'http://e:2379' };

describe('worker settings', () => {
  test('have defaults for all but the surroundings', () => {
    const config = parseWorkerConfig(minimal);
    expect(config['bootstrap.servers']).toEqual(['a:9092', 'b:9092']);
    expect(config['exactly.once.source.support']).toBe('enabled');
    expect(advertisedAddress(config)).toBe('127.0.0.1:8083');
  });

  test('every problem is named at once, unknown keys included', () => {
    expect(() => parseWorkerConfig({ listeners: 'nowhere', 'lease.ttl.ms': '1', colour: 'red' })).toThrow(
      /bootstrap\.servers[\s\S]*listeners[\s\S]*lease\.ttl\.ms[\s\S]*colour[\s\S]*etcd\.endpoints/,
    );
  });

  test('only providers that there are can be named', () => {
    expect(() => parseWorkerConfig({ ...minimal, 'config.providers': 'file,vault' })).toThrow(/no provider called vault/);
    const file = 'org.apache.kafka.common.config.provider.FileConfigProvider';
    expect(parseWorkerConfig({ ...minimal, 'config.providers.file.class': file })['config.providers.file.class']).toBe(file);
    expect(() => parseWorkerConfig({ ...minimal, 'config.providers.dir.class': file })).toThrow(/Only DirectoryConfigProvider/);
    expect(() => parseWorkerConfig({ ...minimal, 'config.providers.env.class': file })).toThrow(/Only EnvVarConfigProvider/);
  });

  test('of Kafka’s clients are judged together, with the prefix that makes them a client’s own', () => {
    expect(() =>
      parseWorkerConfig({
        ...minimal,
        'security.protocol': 'SASL_SSL',
        'sasl.mechanism': 'GSSAPI',
        'producer.sasl.mechanism': 'PLAIN',
        'consumer.ssl.cipher.suites': 'X',
      }),
    ).toThrow(/sasl\.mechanism is GSSAPI[\s\S]*producer\.sasl\.jaas\.config[\s\S]*consumer\.ssl\.cipher\.suites is not supported/);
  });

  test('of etcd that belong together are given together', () => {
    expect(() => parseWorkerConfig({ ...minimal, 'etcd.username': 'w', 'etcd.tls.key': '/k' })).toThrow(
      /etcd\.username and etcd\.password[\s\S]*etcd\.tls\.certificate and etcd\.tls\.key/,
    );
  });

  test('say where connectors are kept: in etcd or in a file, not in both', () => {
    const file = { 'bootstrap.servers': 'a:9092', 'offset.storage.file.filename': '/tmp/connect.offsets' };
    expect(parseWorkerConfig(file)['etcd.endpoints']).toBeNull();
    expect(() => parseWorkerConfig({ ...minimal, ...file })).toThrow(/not both/);
  });

  test('give the admin endpoints addresses of their own, or none', () => {
    const admin = (value: string) => parseWorkerConfig({ ...minimal, 'admin.listeners': value })['admin.listeners'];
    expect(parseWorkerConfig(minimal)['admin.listeners']).toBeNull();
    expect(admin('')).toEqual([]);
    expect(admin('http://127.0.0.1:9083, https://:9443')).toEqual(['http://127.0.0.1:9083', 'https://:9443']);
    expect(() => admin('http://127.0.0.1')).toThrow(/is no address such as/);
  });

  test('name several listeners; others are sent to the first by HTTP, or as is asked for', () => {
    const both = { ...minimal, listeners: 'HTTPS://10.0.0.1:8443,http://:8083', 'rest.advertised.host.name': 'w1' };
    expect(advertisedUrl(parseWorkerConfig(both))).toBe('http://w1:8083');
    expect(advertisedUrl(parseWorkerConfig({ ...both, 'rest.advertised.listener': 'HTTPS' }))).toBe('https://w1:8443');
    const addressOf = (listeners: string) => advertisedAddress(parseWorkerConfig({ ...minimal, listeners }));
    expect(addressOf('http://:8083')).toBe(`${hostname()}:8083`);
    expect(addressOf('https://[::1]:8443')).toBe('[::1]:8443');
  });

  test.each(['', 'nowhere', 'http://a', 'ftp://a:1', 'http://a:65536', 'http://a:1,http://b:x'])('refuse the listeners %p', (listeners) => {
    expect(() => parseWorkerConfig({ ...minimal, listeners })).toThrow(/listeners/);
  });

  test('send nobody to a listener that there is not', () => {
    expect(() => parseWorkerConfig({ ...minimal, listeners: 'http://:1', 'rest.advertised.listener': 'https' })).toThrow(
      /none of listeners is of that kind/,
    );
  });

  test('that would close the REST API to somebody, and do not, stop the start instead of leaving it open', () => {
    expect(() => parseWorkerConfig({ ...minimal, 'rest.extension.classes': 'org.example.BasicAuth' })).toThrow(/rest\.extension\.classes/);
    expect(parseWorkerConfig({ ...minimal, 'rest.extension.classes': '' })['rest.extension.classes']).toEqual([]);
  });
});

import { describe, expect, test } from '@jest/globals';
import { advertisedAddress, parseWorkerConfig, rawConfigFromEnvironment } from './worker-config.ts';

const minimal = { 'bootstrap.servers': 'a:9092,b:9092', 'etcd.endpoints': 'http://e:2379' };

describe('worker settings', () => {
  test('come from the environment, with the prefix of the Kafka Connect images too; ours wins', () => {
    const raw = rawConfigFromEnvironment({
      CONNECT_BOOTSTRAP_SERVERS: 'theirs:9092',
      HEADRACE_BOOTSTRAP_SERVERS: 'ours:9092',
      HEADRACE_VALUE_CONVERTER_SCHEMA_REGISTRY_URL: 'http://r:8081',
      HEADRACE_CACHE: '/somewhere/else',
      PATH: '/bin',
    });
    expect(raw).toEqual({ 'bootstrap.servers': 'ours:9092', 'value.converter.schema.registry.url': 'http://r:8081' });
  });

  test('have defaults for all but the surroundings', () => {
    const config = parseWorkerConfig(minimal);
    expect(config['bootstrap.servers']).toEqual(['a:9092', 'b:9092']);
    expect(config['exactly.once.source.support']).toBe('enabled');
    expect(advertisedAddress(config)).toBe('127.0.0.1:8083');
  });

  test('every problem is named at once, unknown keys included', () => {
    expect(() => parseWorkerConfig({ listeners: 'nowhere', 'lease.ttl.ms': '1', colour: 'red' })).toThrow(
      /bootstrap\.servers[\s\S]*etcd\.endpoints[\s\S]*listeners[\s\S]*lease\.ttl\.ms[\s\S]*colour/,
    );
  });
});

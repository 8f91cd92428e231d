import type { RawConfig } from '@headrace/foundation';
import { describe, expect, test } from '@jest/globals';
import { sqlConfig, validateSqlConfig } from './config.ts';

const minimal: RawConfig = { 'connection.url': 'jdbc:postgresql://db/shop' };

const problemsOf = (config: RawConfig): string[] => {
  const raw = { ...minimal, ...config };
  const { values, problems } = sqlConfig.parse(raw);
  return [...problems, ...(problems.length > 0 ? [] : validateSqlConfig(values, raw))].map(({ key, message }) => `${key}: ${message}`);
};

describe('the configuration of the SQL sink', () => {
  test('takes an address alone, and what users of Debezium write', () => {
    expect(problemsOf({})).toEqual([]);
    expect(
      problemsOf({
        'insert.mode': 'UPSERT',
        'delete.enabled': 'true',
        'primary.key.mode': 'record_key',
        'schema.evolution': 'basic',
        'use.time.zone': 'utc',
        'column.naming.strategy': 'io.debezium.connector.jdbc.naming.DefaultColumnNamingStrategy',
        'connection.pool.max_size': '4',
      }),
    ).toEqual([]);
  });

  test.each<[string, string]>([
    ['connection.url', 'jdbc:oracle:thin:@db'],
    ['use.time.zone', 'Europe/Berlin'],
    ['database.time_zone', '+01:00'],
    ['connection.provider', 'com.example.Provider'],
    ['insert.mode', 'merge'],
    ['primary.key.mode', 'record_header'],
    ['schema.evolution', 'advanced'],
    ['batch.size', '0'],
    ['collection.name.format', '${table}'],
    ['collection.naming.strategy', 'com.example.Naming'],
    ['collection.table.format', 'x_${table}'],
    ['column.naming.strategy', 'com.example.Naming'],
    ['field.include.list', '('],
    ['dialect.postgres.postgis.schema', 'gis'],
    ['dialect.sqlserver.identity.insert', 'true'],
    ['cloud.events.schema.name.pattern', '.*'],
    ['hibernate.dialect', 'x'],
  ])('refuses %s=%s and names the key', (key, value) => {
    const problems = problemsOf({ [key]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${key}: `);
  });

  test.each<[string, RawConfig]>([
    ['primary.key.mode', { 'insert.mode': 'upsert' }],
    ['delete.enabled', { 'delete.enabled': 'true', 'primary.key.mode': 'record_value', 'primary.key.fields': 'id' }],
    ['primary.key.fields', { 'primary.key.mode': 'record_value' }],
    ['transaction.atomic', { 'transaction.atomic': 'true', 'tasks.max': '2' }],
    ['transaction.parallel', { 'transaction.parallel': '2' }],
    ['schema.evolution.policy', { 'transaction.atomic': 'true', 'schema.evolution': 'basic', 'schema.evolution.policy': 'evolve' }],
    ['refused.row.stops', { 'refused.row.stops': 'key' }],
    ['refused.row.stops', { 'refused.row.stops': 'key', 'errors.tolerance': 'all', 'transaction.atomic': 'true' }],
    ['field.exclude.list', { 'field.include.list': 'a', 'field.exclude.list': 'b' }],
  ])('refuses keys that exclude each other at %s', (key, config) => {
    expect(problemsOf(config).map((text) => text.split(':')[0])).toEqual([key]);
  });

  test('does not repeat a password that stands in an unusable URL', () => {
    expect(problemsOf({ 'connection.url': 'jdbc:mysql://app:hunter2@db/shop?nonsense=1' }).join()).not.toContain('hunter2');
  });
});

import { describe, expect, test } from '@jest/globals';
import { defineConfig, type RawConfig } from '@headrace/foundation';
import { cdcKeys, type CdcConfig } from './cdc-config.ts';
import { captureFilter } from './table-filter.ts';
import { dataTopic, heartbeatTopic } from '../topic-naming.ts';
import { checkNamingStrategy } from './naming-strategy.ts';
import { nameAdjustment } from '../event/name-adjustment.ts';
import { validateCdc } from './validate-cdc.ts';

const parse = (raw: RawConfig): CdcConfig => {
  const { values, problems } = defineConfig(cdcKeys).parse({ 'topic.prefix': 'shop', ...raw });
  expect(problems).toEqual([]);
  return values;
};
const problemsOf = (raw: RawConfig): readonly string[] => validateCdc(parse(raw), raw, []).map((problem) => problem.key);

describe('capture filter', () => {
  test('lists are anchored, without case, and separated by commas', () => {
    const filter = captureFilter(parse({ 'table.include.list': 'public\\.orders, PUBLIC.item.*' }));
    expect(['public.orders', 'Public.ITEMS', 'public.orders_old', 'xpublic.orders'].map((path) => filter.isTableIncluded(path))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test('columns are filtered by table path and name', () => {
    const filter = captureFilter(parse({ 'column.exclude.list': 'public\\.orders\\.secret' }));
    expect(filter.isColumnIncluded('public.orders', 'secret')).toBe(false);
    expect(filter.isColumnIncluded('public.orders', 'id')).toBe(true);
  });

  test('custom keys go to the tables they name', () => {
    const filter = captureFilter(parse({ 'message.key.columns': 'public\\.a:x,y;(.*).b:z' }));
    expect(filter.customKey('public.a')).toEqual(['x', 'y']);
    expect(filter.customKey('s.b')).toEqual(['z']);
    expect(filter.customKey('s.c')).toBeUndefined();
  });

  test('a broken expression is named at validation', () => {
    const { problems } = defineConfig(cdcKeys).parse({ 'topic.prefix': 'p', 'table.include.list': 'a(' });
    expect(problems[0]?.message).toContain('"a(" is not a valid regular expression');
  });
});

describe('validation', () => {
  test('include and exclude together are refused', () => {
    expect(problemsOf({ 'table.include.list': 'a', 'table.exclude.list': 'b' })).toEqual(['table.exclude.list']);
  });

  test('options that are not built are refused, unless they ask for nothing', () => {
    expect(problemsOf({ 'provide.transaction.metadata': 'true' })).toEqual(['provide.transaction.metadata']);
    expect(problemsOf({ 'provide.transaction.metadata': 'FALSE' })).toEqual([]);
    expect(problemsOf({ 'column.mask.with.5.chars': 'a' })).toEqual([]);
    expect(problemsOf({ 'column.mask.with.five.chars': 'a' })).toEqual(['column.mask.with.five.chars']);
    expect(problemsOf({ 'snapshot.max.threads.multiplier.public.t': '2' })).toHaveLength(1);
  });
});

describe('names', () => {
  test('topics join what is not blank and replace what Kafka refuses', () => {
    const path = { database: 'd', schema: 'public', table: 'Größe_x' };
    const named = (strategy: string): string => dataTopic(parse({ 'topic.naming.strategy': `io.debezium.schema.${strategy}` }), path);
    expect(dataTopic(parse({}), path)).toBe('shop.public.Gr__e_x');
    expect(named('DefaultTopicNamingStrategy')).toBe('shop.d.Gr__e_x');
    expect(named('SchemaUnicodeTopicNamingStrategy')).toBe('shop.public.Gr_u00f6_u00dfe_u005fx');
    expect(
      dataTopic(parse({ 'topic.naming.strategy': 'io.debezium.schema.DefaultTopicNamingStrategy' }), { schema: 's', table: 't' }),
    ).toBe('shop.t');
    expect(named('DefaultUnicodeTopicNamingStrategy')).toBe('shop.d.Gr_u00f6_u00dfe_u005fx');
    expect(checkNamingStrategy('my.Strategy')).toContain('only SchemaTopicNamingStrategy');
    expect(heartbeatTopic(parse({}))).toBe('__debezium-heartbeat.shop');
    expect(heartbeatTopic(parse({ 'topic.heartbeat.name': 'beat' }))).toBe('beat');
  });

  test.each([
    ['avro', 'schema', 'my-db.t', 'my_db.t'],
    ['avro', 'field', 'a.b', 'a_b'],
    ['avro', 'field', '9x', '_9x'],
    ['avro_unicode', 'field', 'a-b_c', 'a_u002db_u005fc'],
    ['none', 'field', 'a-b', 'a-b'],
  ] as const)('%s adjusts the %s name %s to %s', (mode, part, name, expected) => {
    expect(nameAdjustment(mode, part)(name)).toBe(expected);
  });
});

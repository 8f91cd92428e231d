import { describe, expect, test } from '@jest/globals';
import { compileTableName } from './table-name.ts';

const source = (field: string): unknown => ({ schema: 'sales', table: 'my.orders', db: 'shop', ts_ms: 1 })[field];

describe('a table name', () => {
  test.each([
    ['${topic}', false, undefined, 'srv_public_orders'],
    ['${topic}', true, undefined, 'srv.public.orders'],
    ['copy_${topic}_v1', false, undefined, 'copy_srv_public_orders_v1'],
    ['${source.schema}.${source.table}', false, 'sales', 'my.orders'],
    ['target.${topic}', true, 'target', 'srv.public.orders'],
    ['${source.db}_${source.schema}.t$', false, 'shop_sales', 't$'],
  ])('of format %s (pass-through: %s) has schema %s and name %s', (format, keepsDots, schema, name) => {
    const compiled = compileTableName(format, keepsDots);
    expect(compiled.problem).toBeUndefined();
    expect(compiled.resolve('srv.public.orders', source)).toEqual({ schema, name });
  });

  test.each([
    ['', 'empty'],
    ['a..b', 'empty'],
    ['${topic}.', 'empty'],
    ['a.b.c', 'two parts'],
    ['${table}', '${table}'],
    ['${}', '${}'],
  ])('of format "%s" is refused by a sentence with %s', (format, words) => {
    expect(compileTableName(format, false).problem).toContain(words);
  });

  test('is unknown where a source field is missing or no text', () => {
    expect(compileTableName('${source.nothing}', false).resolve('t', source)).toBeUndefined();
    expect(compileTableName('${source.ts_ms}.t', false).resolve('t', source)).toBeUndefined();
    expect(compileTableName('${source.schema}.${source.table}', false).sourceFields).toEqual(['schema', 'table']);
  });
});

import { primitive, Struct, structOf } from '@headrace/connector-api';
import { converterChecks, sourceChecks, transformChecks } from '@headrace/connector-api/testing';
import { describe, test } from 'node:test';
import { counterSource } from './counter-source.ts';
import { multiply } from './multiply.ts';
import { tallyConverter } from './tally-converter.ts';

const int64 = primitive('int64');
const row = structOf([['number', int64]]);
const record = { topic: 't', partition: 0, keySchema: null, key: null, valueSchema: row, headers: [], timestamp: 0 };

const suites = {
  'the counter': sourceChecks({ connector: counterSource, config: { topic: 't', 'batch.size': '3' } }),
  multiply: transformChecks({
    plugin: multiply,
    config: { by: '3' },
    records: [
      { ...record, value: new Struct(row, [2n]) },
      { ...record, value: null },
    ],
  }),
  'the tally': converterChecks({
    plugin: tallyConverter,
    config: {},
    values: [
      { schema: int64, value: 4n },
      { schema: int64, value: null },
    ],
  }),
};

for (const [name, checks] of Object.entries(suites)) {
  void describe(name, () => {
    for (const check of checks) void test(check.name, () => check.run());
  });
}

import { primitive, Struct, structOf } from '@headrace/connector-api';
import { converterChecks, predicateChecks, sinkChecks, sourceChecks, transformChecks } from '@headrace/connector-api/testing';
import { mkdtempSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { boardSink } from './board-sink.ts';
import { counterSource } from './counter-source.ts';
import { isEven } from './is-even.ts';
import { multiply } from './multiply.ts';
import { tallyConverter } from './tally-converter.ts';

const int64 = primitive('int64');
const row = structOf([['number', int64]]);
const record = { topic: 't', partition: 0, keySchema: null, key: null, valueSchema: row, headers: [], timestamp: 0 };

const board = join(mkdtempSync(join(tmpdir(), 'headrace-board-')), 'board');

const suites = {
  'the board': sinkChecks({
    connector: boardSink,
    config: { file: board },
    records: [0n, 1n, 2n].map((offset) => {
      const original = { topic: 't', partition: 0, offset };
      return { ...record, ...original, valueSchema: int64, value: offset, original };
    }),
    count: async () => (await readFile(board, 'utf8').catch(() => '')).split('\n').length - 1,
  }),
  'is even': predicateChecks({
    plugin: isEven,
    config: {},
    matching: [{ ...record, value: new Struct(row, [2n]) }],
    others: [
      { ...record, value: new Struct(row, [3n]) },
      { ...record, value: null },
    ],
  }),
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

import { primitive, type SinkRecord } from '@headrace/connector-api';
import { sinkChecks, sourceChecks } from '@headrace/connector-api/testing';
import { afterAll, describe, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileSink } from './file-sink.ts';
import { fileSource } from './file-source.ts';

const dir = mkdtempSync(join(tmpdir(), 'headrace-conformance-'));
const [input, output] = [join(dir, 'in'), join(dir, 'out')];
writeFileSync(input, 'a\nb\nc\nd\n');
writeFileSync(output, '');
afterAll(() => {
  rmSync(dir, { recursive: true });
});

const records: readonly SinkRecord[] = ['a', 'b'].map((value, index) => ({
  topic: 't',
  partition: 0,
  offset: BigInt(index),
  original: { topic: 't', partition: 0, offset: BigInt(index) },
  keySchema: null,
  key: null,
  valueSchema: primitive('string'),
  value,
  headers: [],
  timestamp: 0,
}));

const suites = {
  'the file source': sourceChecks({ connector: fileSource, config: { file: input, topic: 't', 'batch.size': '2' } }),
  'the file sink': sinkChecks({
    connector: fileSink,
    config: { file: output },
    records,
    count: async () => (await readFile(output, 'utf8')).split('\n').length - 1,
  }),
};

describe.each(Object.entries(suites))('%s passes the conformance suite', (_, checks) => {
  test.each(checks.map((check) => [check.name, check] as const))('%s', async (name, check) => {
    await check.run();
  });
});

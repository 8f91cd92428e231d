import { expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { binaryDataConverter } from '../converters/binary-data-converter.ts';
import { jsonConverter } from '../converters/json-converter.ts';
import { plainConverters, stringConverter } from '../converters/plain-converters.ts';
import { predicates } from '../predicates/predicates.ts';
import { transforms } from '../transforms.ts';
import { evidenceOf } from './option-evidence.ts';

const evidence = evidenceOf([...transforms, ...predicates, jsonConverter, stringConverter, ...plainConverters, binaryDataConverter]);
const tableFile = new URL('../../../docs/transform-options.md', import.meta.url);

test('every option of every transform, predicate and converter has a test that fails when it has no effect', () => {
  expect(evidence.filter(({ shownBy }) => shownBy === '').map(({ plugin, option }) => `${plugin} ${option}`)).toEqual([]);
});

test('the table of them is as generated; HEADRACE_UPDATE_TABLES=1 writes it anew', () => {
  const rows = [...new Map(evidence.map((row) => [`${row.plugin} ${row.option}`, row])).values()];
  const table = [
    '# Options of transforms and converters, and what shows their effect',
    '',
    'Generated from the definitions and the golden files (`packages/transforms/src/testing`): two cases that differ in nothing but the option, over the',
    'same record, with different outcomes in the original and so in ours; or the test that is named. Both sides (`$Key`, `$Value`) are one implementation.',
    '',
    '| plugin | option | shown by |',
    '| --- | --- | --- |',
    ...rows.map(({ plugin, option, shownBy }) => `| ${plugin} | \`${option}\` | ${shownBy.replaceAll('|', '\\|')} |`),
    '',
  ].join('\n');
  if (process.env['HEADRACE_UPDATE_TABLES'] === '1') writeFileSync(tableFile, table);
  expect(readFileSync(tableFile, 'utf8')).toBe(table);
});

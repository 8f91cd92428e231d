import type { SchemaAndValue } from '@headrace/connector-api';
import { describe, expect, test } from '@jest/globals';
import { jsonConverter } from '../converters/json-converter.ts';
import { plainConverters, stringConverter } from '../converters/plain-converters.ts';
import { readConverterCases, type ConverterCase } from './converter-cases.ts';
import { envelopeText, ordered, readEnvelope } from './golden.ts';

/** Where we differ on purpose; a case that agrees all the same fails. */
const differences: readonly (readonly [RegExp, string])[] = [
  [/^Json 11 None/, 'a null is a tombstone, which log compaction can remove'],
  [/^Json read plain 10 /, 'no digit of a long number is lost'],
  [/^Json read plain 11 /, 'what follows the value is an error, not ignored'],
  [/^Json read (6|8|25|28) /, 'a value that does not fit its schema is an error; the original wraps it, cuts it, or reads zero or false'],
  [/^Json schema.content misfit$/, 'the same'],
  [/^Json read 13 replaced=false/, 'a required null takes its default'],
  [/^Json read 21 /, 'a decimal with fewer digits than its scale is read'],
  [/^Json read 27 /, 'no bytes are a tombstone'],
  [/^StringConverter utf16$/, 'UTF-8, ISO-8859-1 and US-ASCII are known; others are refused'],
];

const { signal } = new AbortController();
const cases = readConverterCases();

const isDifferent = ({ name }: ConverterCase): boolean => differences.some(([pattern]) => pattern.test(name));
const named = (chosen: readonly ConverterCase[]) => chosen.map((golden) => [golden.name, golden] as const);

const outcome = async (golden: ConverterCase): Promise<unknown> => {
  const plugin = [jsonConverter, stringConverter, ...plainConverters].find(({ classNames }) => classNames.includes(golden.class));
  if (plugin === undefined) throw new Error(`There is no ${golden.class}.`);
  try {
    // The original's default of this key is true.
    const defaults = golden.class.endsWith('JsonConverter') ? { 'replace.null.with.default': 'true' } : {};
    const converter = plugin.create({ ...defaults, ...golden.config }, false);
    if (golden.encode !== undefined) {
      const { schema, value } = readEnvelope(golden.encode);
      const bytes = (await converter.encoderFor('t', schema, signal))(value);
      return bytes === null ? null : Buffer.from(bytes).toString('utf8');
    }
    const bytes = golden.decode === null ? null : Buffer.from(golden.decode ?? '', 'base64');
    const { schema, value }: SchemaAndValue = await converter.decode('t', bytes);
    return ordered(envelopeText(schema, value));
  } catch (error) {
    const { reaction } = error as { readonly reaction?: string };
    if (reaction === 'record') return 'error';
    if (reaction === 'config') return 'refused';
    throw error;
  }
};

const expected = (golden: ConverterCase): unknown => {
  if (golden.refused !== undefined) return 'refused';
  if (golden.error !== undefined) return 'error';
  const { expected: result = null } = golden;
  return golden.encode === undefined || result === null ? ordered(result) : Buffer.from(result, 'base64').toString('utf8');
};

describe('What the converters of Kafka Connect 4.3.1 write and read, ours do too', () => {
  test.each(named(cases.filter((golden) => !isDifferent(golden))))('%s', async (_name, golden) => {
    expect(await outcome(golden)).toEqual(expected(golden));
  });
});

describe('Where we differ from Kafka Connect 4.3.1, we do', () => {
  test.each(named(cases.filter(isDifferent)))('%s', async (_name, golden) => {
    expect(await outcome(golden)).not.toEqual(expected(golden));
  });
});

import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { MemoryRegistry } from '../../test/memory-registry.ts';
import { readCases, writtenCases } from '../../test/protobuf-cases.ts';
import { plain } from '../../test/schema-samples.ts';
import { protobufSettings } from './protobuf-config.ts';
import { createProtobufConverter } from './protobuf-converter.ts';

interface Golden {
  readonly name: string;
  readonly text: string;
  /** What Google's library wrote, base64. */
  readonly bytes: string;
}

const golden = new Map(
  readFileSync(new URL('../../test/golden/protobuf.jsonl', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Golden)
    .map((line) => [line.name, line]),
);

const make = (config: Readonly<Record<string, string>>) => {
  const registry = new MemoryRegistry();
  return {
    registry,
    converter: createProtobufConverter(
      protobufSettings({ 'schema.registry.url': 'http://localhost:1', ...config }, false),
      false,
      registry,
    ),
  };
};

const zigzag = (numbers: readonly number[]): readonly number[] => numbers.map((number) => number * 2);

describe('What we write is what protoc compiles and Google writes for the same value', () => {
  test.each(writtenCases.map((item) => [item.name, item] as const))('%s', async (name, { config, schema, value }) => {
    const { registry, converter } = make(config);
    const encode = await converter.encoderFor('t', schema, new AbortController().signal);
    const expected = golden.get(name);
    expect(registry.schemas[0]?.text).toBe(expected?.text);
    expect(Buffer.from(encode(value)?.subarray(6) ?? []).toString('base64')).toBe(expected?.bytes);
  });
});

describe('What Google writes, we read', () => {
  test.each(readCases.map((item) => [item.name, item] as const))('%s', async (name, { config, text, indexes, expected }) => {
    const { registry, converter } = make(config);
    const id = registry.put('t-value', { format: 'PROTOBUF', text, references: [] });
    const head = [0, 0, 0, 0, id, ...zigzag([indexes.length, ...indexes])];
    const bytes = Buffer.concat([Buffer.from(head), Buffer.from(golden.get(name)?.bytes ?? '', 'base64')]);
    expect(plain((await converter.decode('t', bytes)).value)).toEqual(expected);
  });
});

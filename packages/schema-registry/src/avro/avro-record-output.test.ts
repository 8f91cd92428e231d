import { describe, expect, test } from '@jest/globals';
import type { EncodedRecords } from '@headrace/connector-api';
import fc from 'fast-check';
import { AvroRecordOutput } from './avro-record-output.ts';

interface Written {
  readonly topic: string;
  readonly key: string | null;
  readonly value: string | null;
}

const write = (output: AvroRecordOutput, { topic, key, value }: Written): void => {
  output.begin(topic);
  if (key === null) output.nullKey();
  else {
    output.values.raw(Buffer.from(key));
    output.endKey();
  }
  if (value === null) output.nullValue();
  else {
    output.values.raw(Buffer.from(value));
    output.endValue();
  }
};

const read = (encoded: EncodedRecords): readonly Written[] =>
  Array.from({ length: encoded.count }, (_, record) => ({
    topic: encoded.topics[encoded.topicOf(record)] ?? '',
    key: textOf(encoded.key(record)),
    value: textOf(encoded.value(record)),
  }));

const textOf = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString());

const part = fc.option(fc.oneof(fc.string({ maxLength: 20 }), fc.constant('x'.repeat(70_000))));
const written = fc.record({ topic: fc.constantFrom('a', 'b', 'c'), key: part, value: part });
/** Records, and how many of those that wait are taken at times. */
const histories = fc.array(fc.oneof({ weight: 4, arbitrary: written }, { weight: 1, arbitrary: fc.nat(5) }), { maxLength: 40 });

describe('records in Avro', () => {
  test('are taken in their order with their bytes, wherever they are cut', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const output = new AvroRecordOutput();
        const taken: EncodedRecords[] = [];
        for (const act of history) {
          if (typeof act !== 'number') write(output, act);
          else if (output.count > 0) taken.push(output.take([], Math.max(1, output.count - act)));
        }
        if (output.count > 0) taken.push(output.take([], output.count));
        expect(taken.flatMap(read)).toEqual(history.filter((act) => typeof act !== 'number'));
      }),
    );
  });

  test('take little memory when they are cut into many parts', () => {
    const output = new AvroRecordOutput();
    const parts = Array.from({ length: 1_000 }, () => {
      write(output, { topic: 'a', key: 'key', value: 'value' });
      return output.take([], 1);
    });
    const held = new Set(parts.map(({ bytes }) => bytes.buffer));
    expect([...held].reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThan(1_000_000);
  });
});

import { primitive, type Converter, type SourceRecord } from '@headrace/connector-api';
import { silentLogger, silentMeter } from '@headrace/foundation';
import { isEncoded, toRecords, type Outgoing, type OutgoingRecord } from '@headrace/ports';
import { VirtualClock } from '@headrace/testkit';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ErrorPolicy } from '../record/error-policy.ts';
import { textBinary, textBytes } from '../testing/text-form.ts';
import { RecordEncoder } from './record-encoder.ts';
import type { SourceDeadLetters } from './source-dead-letters.ts';

const { signal } = new AbortController();
const text = primitive('string');

const converter: Converter = {
  encoderFor: () => Promise.resolve(textBytes),
  decode: () => Promise.reject(new TypeError('Nothing is read here.')),
};
const binary: Converter = { ...converter, binary: textBinary };

const deadLetters: SourceDeadLetters = {
  topic: 'dead',
  topicSettings: { partitions: 1, replicationFactor: 1, configs: {} },
  letterOf: ({ key }) => ({
    topic: 'dead',
    partition: undefined,
    key: key === null ? null : Buffer.from(key as string),
    value: null,
    headers: [],
    timestamp: undefined,
  }),
};

const encoderOf = (of: Converter): RecordEncoder => {
  const side = { converter: of, className: 'test.TextConverter' };
  return new RecordEncoder({
    chain: { isEmpty: true, apply: (record) => record },
    converters: { key: side, value: side, header: { converter, className: 'test.TextConverter' } },
    errors: new ErrorPolicy({
      raw: { 'errors.tolerance': 'all' },
      clock: new VirtualClock(),
      log: silentLogger,
      meter: silentMeter,
      labels: {},
    }),
    deadLetters,
    yieldNow: () => Promise.resolve(),
  });
};

const encode = (encoder: RecordEncoder, records: readonly SourceRecord[]): Promise<readonly Outgoing[]> =>
  encoder.encode(records, signal, () => Promise.resolve());

const shown = ({ topic, partition, key, value, headers, timestamp }: OutgoingRecord): unknown => ({
  ...{ topic, partition, timestamp },
  ...{ key: key === null ? null : Buffer.from(key).toString(), value: value === null ? null : Buffer.from(value).toString() },
  headers: headers.map((header) => [header.key, Buffer.from(header.value ?? []).toString()]),
});

const recordsOf = (outgoing: readonly Outgoing[]): readonly unknown[] =>
  outgoing.flatMap((item) => (isEncoded(item) ? toRecords(item) : [item])).map(shown);

const common = [{ key: 'h', schema: text, value: 'common' }];
const part = fc.option(fc.string({ maxLength: 5 }));
const record: fc.Arbitrary<SourceRecord> = fc.record({
  topic: fc.constantFrom('a', 'b'),
  partition: fc.option(fc.nat(3), { nil: undefined, freq: 8 }),
  keySchema: fc.constant(text),
  key: part,
  valueSchema: fc.constant(text),
  // A question mark cannot be written.
  value: fc.oneof({ weight: 6, arbitrary: part }, { weight: 1, arbitrary: fc.constant('?') }),
  headers: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    { weight: 4, arbitrary: fc.constant(common) },
    { weight: 1, arbitrary: fc.string().map((value) => [{ key: 'h', schema: text, value }]) },
  ),
  timestamp: fc.option(fc.nat(9), { nil: undefined, freq: 8 }),
});

describe('Records that were objects', () => {
  test('are the same in a common output as each by itself, in their order, dead letters in their places', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(record, { maxLength: 12 }), { maxLength: 4 }), async (batches) => {
        const [together, alone] = [encoderOf(binary), encoderOf(converter)];
        for (const batch of batches) expect(recordsOf(await encode(together, batch))).toEqual(recordsOf(await encode(alone, batch)));
      }),
    );
  });

  test('stand in one output where they have all headers in common', async () => {
    const records = Array.from({ length: 5 }, (_, index): SourceRecord => {
      const content = { topic: 't', keySchema: text, key: String(index), valueSchema: text, value: 'v' };
      return { ...content, headers: common, partition: undefined, timestamp: undefined };
    });
    const encoder = encoderOf(binary);
    // The first shows what the headers are.
    expect((await encode(encoder, records)).map((item) => (isEncoded(item) ? item.encoded.count : 1))).toEqual([1, 4]);
    expect((await encode(encoder, records)).map((item) => (isEncoded(item) ? item.encoded.count : 1))).toEqual([5]);
  });
});

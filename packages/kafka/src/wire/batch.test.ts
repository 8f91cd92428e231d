import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BatchBuilder, batchHeaderBytes } from './batch-builder.ts';
import { isIntact, readBatches, RecordCursor } from './batch-reader.ts';
import { BufferPool } from './buffer-pool.ts';
import { compressionTypes, type CompressionType } from './compression.ts';
import { RecordView, type RecordContent } from './record-view.ts';
import { splitBatch } from './split-batch.ts';

const noLimit = 16 * 1_024 * 1_024;
const view = new RecordView();

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
  // Lengths around the places where a varint gets longer and a buffer is exchanged for a larger one.
  fc.constantFrom(63, 64, 8_191, 8_192, 16_384, 70_000).map((length) => Buffer.alloc(length, 7)),
);
const nullableBytes = fc.option(bytes, { nil: null });

const timedRecord = fc.record({
  record: fc.record({
    key: nullableBytes,
    value: nullableBytes,
    headers: fc.array(fc.record({ key: fc.string({ unit: 'grapheme' }), value: nullableBytes }), { maxLength: 4 }),
  }),
  timestamp: fc.oneof(fc.integer({ min: 0, max: 253_402_300_799_999 }), fc.integer({ min: 1_699_999_999_900, max: 1_700_000_000_100 })),
});

const identity = fc.record({
  producerId: fc.bigInt({ min: -1n, max: 2n ** 63n - 1n }),
  producerEpoch: fc.integer({ min: -1, max: 32_767 }),
  baseSequence: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
  isTransactional: fc.boolean(),
  compression: fc.constantFrom(...(Object.keys(compressionTypes) as CompressionType[])),
});

interface Timed {
  readonly record: RecordContent;
  readonly timestamp: number;
}

const build = (records: readonly Timed[], pool = new BufferPool()): BatchBuilder => {
  const builder = new BatchBuilder(pool);
  for (const { record, timestamp } of records) builder.append(view.ofRecord(record), timestamp, noLimit);
  return builder;
};

const plain = { producerId: 1n, producerEpoch: 0, baseSequence: 0, isTransactional: false, compression: 'none' } as const;

/** Compared as text: a matcher that walks through bytes takes seconds for large ones. */
const shown = (records: readonly Timed[]): readonly string[] => {
  const hex = (content: Uint8Array | null): string => (content === null ? 'null' : Buffer.from(content).toString('hex'));
  return records.map(({ record, timestamp }) => {
    const headers = record.headers.map(({ key, value }) => `${JSON.stringify(key)}=${hex(value)}`);
    return `${String(timestamp)} ${hex(record.key)} ${hex(record.value)} ${headers.join(' ')}`;
  });
};

const decode = (buffer: Buffer): readonly Timed[] => {
  const found: Timed[] = [];
  for (const batch of readBatches(buffer)) {
    const cursor = new RecordCursor('t', 0, batch);
    for (let record = cursor.next(); record !== undefined; record = cursor.next()) {
      const { key, value, headers, timestamp } = record;
      found.push({ record: { key, value, headers }, timestamp });
    }
  }
  return found;
};

describe('a record batch', () => {
  test('is read as it was written, under every compression', () => {
    fc.assert(
      fc.property(fc.array(timedRecord, { minLength: 1, maxLength: 30 }), identity, (records, producer) => {
        const builder = build(records);
        builder.finish(producer);
        const stored = Buffer.from(builder.buffer.subarray(0, builder.size));
        const [batch, ...others] = [...readBatches(stored)];
        if (batch === undefined) throw new Error('No batch was found.');
        expect(others).toEqual([]);
        expect(isIntact(batch)).toBe(true);
        expect({ ...batch, bytes: undefined }).toMatchObject({
          baseOffset: 0n,
          lastOffset: BigInt(records.length - 1),
          recordCount: records.length,
          producerId: producer.producerId,
          isTransactional: producer.isTransactional,
          isControl: false,
          isLogAppendTime: false,
          compression: compressionTypes[producer.compression],
          maxTimestamp: Math.max(...records.map(({ timestamp }) => timestamp)),
        });
        expect(stored.readInt16BE(51)).toBe(producer.producerEpoch);
        expect(stored.readInt32BE(53)).toBe(producer.baseSequence);
        expect(shown(decode(stored))).toEqual(shown(records));
      }),
    );
  });

  test('shows any changed byte behind its checksum', () => {
    fc.assert(
      fc.property(
        fc.array(timedRecord, { minLength: 1, maxLength: 3 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (records, at, flip) => {
          const builder = build(records);
          builder.finish(plain);
          const stored = Buffer.from(builder.buffer.subarray(0, builder.size));
          const place = 21 + (at % (stored.length - 21));
          stored[place] = (stored[place] ?? 0) ^ flip;
          expect([...readBatches(stored)].map(isIntact)).toEqual([false]);
        },
      ),
    );
  });

  test('that is cut off by a fetch ends the record set; the whole ones before it are read', () => {
    fc.assert(
      fc.property(fc.array(timedRecord, { minLength: 1, maxLength: 3 }), fc.nat(), (records, cut) => {
        const builder = build(records);
        builder.finish(plain);
        const whole = Buffer.from(builder.buffer.subarray(0, builder.size));
        const part = whole.subarray(0, cut % whole.length);
        expect(shown(decode(Buffer.concat([whole, part])))).toEqual(shown(records));
      }),
    );
  });

  test('takes records up to its size and refuses the next one without a trace', () => {
    fc.assert(
      fc.property(fc.array(timedRecord, { minLength: 1, maxLength: 20 }), fc.integer({ min: 100, max: 20_000 }), (records, maxBytes) => {
        const builder = new BatchBuilder(new BufferPool());
        const taken = records.filter(({ record, timestamp }) => builder.append(view.ofRecord(record), timestamp, maxBytes));
        expect(builder.count).toBe(taken.length);
        expect(taken.length === 1 || builder.size <= maxBytes).toBe(true);
        builder.finish(plain);
        expect(shown(decode(builder.buffer.subarray(0, builder.size)))).toEqual(shown(taken));
      }),
    );
  });

  test('is split in two that hold its records in order', () => {
    fc.assert(
      fc.property(fc.array(timedRecord, { minLength: 2, maxLength: 20 }), identity, (records, producer) => {
        const pool = new BufferPool();
        const builder = build(records, pool);
        builder.finish(producer);
        const halves = splitBatch(builder, () => new BatchBuilder(pool), noLimit);
        for (const half of halves) half.finish(plain);
        expect(halves.every((half) => half.count > 0)).toBe(true);
        expect(shown(halves.flatMap((half) => decode(half.buffer.subarray(0, half.size))))).toEqual(shown(records));
      }),
    );
  });

  test('of an older format is refused', () => {
    const builder = build([{ record: { key: null, value: null, headers: [] }, timestamp: 0 }]);
    builder.finish(plain);
    const stored = Buffer.from(builder.buffer.subarray(0, builder.size));
    stored[16] = 1;
    expect(() => [...readBatches(stored)]).toThrow(RangeError);
    expect(stored.length).toBeGreaterThan(batchHeaderBytes);
  });
});

import { describe, expect, test } from '@jest/globals';
import { BatchAccumulator } from './batch-accumulator.ts';
import { advanceSequence, type Batch, type PartitionQueue } from './partition-queue.ts';
import { RecordView } from '../wire/record-view.ts';

const createAccumulator = (maxBatchBytes = 10_000): BatchAccumulator =>
  new BatchAccumulator({
    identity: { producerId: 7n, producerEpoch: 1, isTransactional: false, compression: 'none' },
    maxBatchBytes,
    monotonic: () => 0,
  });

const record = new RecordView().ofRecord({ key: null, value: Buffer.from('value'), headers: [] });

const addBatch = (accumulator: BatchAccumulator, queue: PartitionQueue, count = 1): Batch => {
  for (let index = 0; index < count; index += 1) accumulator.add(queue, record, 0, index);
  accumulator.seal(queue);
  const batch = queue.ready.at(-1);
  if (batch === undefined) throw new Error('Nothing was sealed.');
  return batch;
};

test('sequence numbers start over after 2^31 - 1', () => {
  expect(advanceSequence(0x7fff_fffe, 1)).toBe(0x7fff_ffff);
  expect(advanceSequence(0x7fff_ffff, 1)).toBe(0);
  expect(advanceSequence(0x7fff_fff0, 32)).toBe(16);
});

describe('a partition whose batches failed', () => {
  test('sends them again in their order, before what came later, across the wrap of sequence numbers', () => {
    const accumulator = createAccumulator();
    const queue = accumulator.queue('t', 0);
    queue.nextSequence = 0x7fff_fffe;
    const first = addBatch(accumulator, queue, 2);
    const second = addBatch(accumulator, queue);
    queue.ready.length = 0;
    const third = addBatch(accumulator, queue);
    queue.failed.push(second, first);
    queue.restoreFailed();
    expect(queue.ready).toEqual([first, second, third]);
    expect(second.baseSequence).toBe(0);
  });

  test('keeps them back while another one is on its way', () => {
    const accumulator = createAccumulator();
    const queue = accumulator.queue('t', 0);
    const first = addBatch(accumulator, queue);
    const second = addBatch(accumulator, queue);
    queue.ready.length = 0;
    queue.failed.push(first);
    queue.inFlight.add(second);
    queue.restoreFailed();
    expect(queue.ready).toEqual([]);
    expect(queue.isOldest(second)).toBe(false);
    expect(queue.isOldest(first)).toBe(true);
  });
});

describe('what is acknowledged', () => {
  test('counts only up to the oldest batch that is not', () => {
    const accumulator = createAccumulator();
    const queue = accumulator.queue('t', 0);
    const other = accumulator.queue('t', 1);
    const first = addBatch(accumulator, queue);
    const second = addBatch(accumulator, other);
    for (const each of [queue, other]) each.ready.length = 0;
    accumulator.acknowledge(other, second);
    expect(accumulator.acknowledgedUpTo).toBe(0);
    accumulator.acknowledge(queue, first);
    expect(accumulator.acknowledgedUpTo).toBe(2);
    expect([accumulator.bytes, accumulator.pending.size]).toEqual([0, 0]);
  });

  test('of a split batch, only when both halves are', () => {
    const accumulator = createAccumulator();
    const queue = accumulator.queue('t', 0);
    const whole = addBatch(accumulator, queue, 5);
    queue.ready.length = 0;
    accumulator.split(queue, whole);
    const [front, back] = queue.failed;
    if (front === undefined || back === undefined) throw new Error('The batch was not split.');
    expect([front.baseSequence, front.builder.count, back.baseSequence, back.builder.count]).toEqual([0, 3, 3, 2]);
    queue.failed.length = 0;
    accumulator.acknowledge(queue, front);
    expect(accumulator.acknowledgedUpTo).toBe(0);
    accumulator.acknowledge(queue, back);
    expect(accumulator.acknowledgedUpTo).toBe(1);
  });
});

test('a cut holds what was added before it, and nothing after', () => {
  const accumulator = createAccumulator();
  const queue = accumulator.queue('t', 0);
  accumulator.add(queue, record, 0, 0);
  const cut = accumulator.cut();
  accumulator.add(queue, record, 0, 0);
  const next = accumulator.cut();
  expect(cut.queues).toEqual([queue]);
  expect(queue.ready.map((batch) => batch.cut)).toEqual([cut.id, next.id]);
  expect(accumulator.cut().queues).toEqual([]);
});

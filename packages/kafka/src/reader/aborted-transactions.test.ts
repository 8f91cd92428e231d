import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BatchBuilder } from '../wire/batch-builder.ts';
import { readBatches, type BatchHeader } from '../wire/batch-reader.ts';
import { BufferPool } from '../wire/buffer-pool.ts';
import { RecordView } from '../wire/record-view.ts';
import { AbortedTransactions } from './aborted-transactions.ts';

interface Step {
  readonly producer: number;
  readonly kind: 'data' | 'commit' | 'abort';
}

interface Entry extends Step {
  readonly batch: BatchHeader;
  /** Whether the data belongs to a transaction that was aborted. */
  isAborted: boolean;
  firstOffset: bigint;
}

const pool = new BufferPool();

/** The header of a one-record batch at an offset; a marker's key is a version and its type. */
const batchAt = (offset: bigint, { producer, kind }: Step): BatchHeader => {
  const builder = new BatchBuilder(pool);
  const isMarker = kind !== 'data';
  const key = isMarker ? Buffer.from([0, 0, 0, kind === 'commit' ? 1 : 0]) : Buffer.from('k');
  builder.append(new RecordView().ofRecord({ key, value: Buffer.from('v'), headers: [] }), 0, 1_000);
  builder.finish({ producerId: BigInt(producer), producerEpoch: 0, baseSequence: 0, isTransactional: true, compression: 'none' });
  const bytes = Buffer.from(builder.buffer.subarray(0, builder.size));
  bytes.writeBigInt64BE(offset, 0);
  if (isMarker) bytes.writeInt16BE(bytes.readInt16BE(21) | 0x20, 21);
  const [header] = [...readBatches(bytes)];
  if (header === undefined) throw new Error('A batch just built cannot be read.');
  return header;
};

/** A log whose every transaction has ended, with what a broker knows of its aborts. */
const logOf = (steps: readonly Step[]): readonly Entry[] => {
  const open = new Map<number, Entry[]>();
  const log: Entry[] = [];
  const add = (step: Step): void => {
    const offset = BigInt(log.length);
    const entry: Entry = { ...step, batch: batchAt(offset, step), isAborted: false, firstOffset: offset };
    log.push(entry);
    const mine = open.get(step.producer) ?? [];
    if (step.kind === 'data') {
      open.set(step.producer, [...mine, entry]);
      return;
    }
    for (const data of mine) data.isAborted = step.kind === 'abort';
    entry.firstOffset = mine[0]?.firstOffset ?? offset;
    open.delete(step.producer);
  };
  for (const step of steps) add(step);
  for (const producer of open.keys()) add({ producer, kind: 'abort' });
  return log;
};

const stepArbitrary = fc.record({
  producer: fc.integer({ min: 1, max: 3 }),
  kind: fc.constantFrom('data', 'data', 'data', 'commit', 'abort'),
});

test('whatever the order of transactions and the size of answers, exactly the committed batches are visible', () => {
  fc.assert(
    fc.property(fc.array(stepArbitrary as fc.Arbitrary<Step>, { maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (steps, answerSize) => {
      const log = logOf(steps);
      const filter = new AbortedTransactions();
      const visible: bigint[] = [];
      for (let start = 0; start < log.length; start += answerSize) {
        const answer = log.slice(start, start + answerSize);
        // A broker names every abort that overlaps the answer, also those that began before it.
        const aborted = log
          .filter(
            ({ kind, batch, firstOffset }) =>
              kind === 'abort' && batch.baseOffset >= BigInt(start) && firstOffset < BigInt(start + answerSize),
          )
          .map(({ producer, firstOffset }) => ({ producerId: BigInt(producer), firstOffset }));
        filter.begin(aborted);
        for (const { batch } of answer) if (filter.isVisible(batch)) visible.push(batch.baseOffset);
      }
      const expected = log.filter(({ kind, isAborted }) => kind === 'data' && !isAborted).map(({ batch }) => batch.baseOffset);
      expect(visible).toEqual(expected);
    }),
  );
});

import type { BatchBuilder } from './batch-builder.ts';
import { readBatches, RecordCursor } from './batch-reader.ts';
import { RecordView } from './record-view.ts';

/** Two unfinished batches with the first and the second half of the records of a finished one. */
export const splitBatch = (batch: BatchBuilder, create: () => BatchBuilder, maxBytes: number): readonly [BatchBuilder, BatchBuilder] => {
  const halves = [create(), create()] as const;
  const view = new RecordView();
  const firstCount = Math.ceil(batch.count / 2);
  for (const header of readBatches(batch.buffer.subarray(0, batch.size))) {
    const cursor = new RecordCursor('', 0, header);
    let index = 0;
    for (let record = cursor.next(); record !== undefined; record = cursor.next()) {
      const half = index < firstCount ? halves[0] : halves[1];
      half.append(view.ofRecord(record), record.timestamp, maxBytes);
      index += 1;
    }
  }
  return halves;
};

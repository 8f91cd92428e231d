import type { SourcePosition } from '@headrace/connector-api';
import { connectJson, offsetKey, partitionOfKey } from '@headrace/ports';
import type { BatchAccumulator } from '../producer/batch-accumulator.ts';
import type { PartitionQueue } from '../producer/partition-queue.ts';
import { RecordView } from '../wire/record-view.ts';

export interface PositionTarget {
  readonly accumulator: BatchAccumulator;
  /** Kafka Connect's offsets topic. */
  readonly topic: string;
  readonly partitionCount: number;
  readonly connector: string;
  now(): number;
}

/** Positions to be stored, only the newest of each source partition, in the order of their last change. */
export class PositionBatch {
  readonly #newest = new Map<string, SourcePosition>();

  get isEmpty(): boolean {
    return this.#newest.size === 0;
  }

  get positions(): readonly SourcePosition[] {
    return [...this.#newest.values()];
  }

  add(positions: readonly SourcePosition[]): void {
    for (const position of positions) {
      const key = connectJson(position.partition);
      this.#newest.delete(key);
      this.#newest.set(key, position);
    }
  }

  /** Encodes them for the offsets topic, where Kafka Connect's own producer would have put them. */
  encode(target: PositionTarget): void {
    const { accumulator, topic, partitionCount, connector } = target;
    const view = new RecordView();
    for (const { partition, offset } of this.#newest.values()) {
      const key = offsetKey(connector, partition);
      const value = offset === null ? null : Buffer.from(connectJson(offset));
      const queue: PartitionQueue = accumulator.queue(topic, partitionOfKey(key, partitionCount));
      accumulator.add(queue, view.ofRecord({ key, value, headers: [] }), target.now(), 0);
    }
  }
}

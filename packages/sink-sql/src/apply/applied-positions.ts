import type { PartitionPosition, SinkRecord } from '@headrace/connector-api';

/** Offsets that are durable in the target, by partition: what comes again below them has been applied. */
export class AppliedPositions {
  readonly #offsets = new Map<string, Map<number, bigint>>();

  reset(positions: readonly PartitionPosition[]): void {
    this.#offsets.clear();
    this.advance(positions);
  }

  advance(positions: readonly PartitionPosition[]): void {
    for (const { topic, partition, offset } of positions) {
      const ofTopic = this.#offsets.get(topic);
      if (ofTopic === undefined) this.#offsets.set(topic, new Map([[partition, offset]]));
      else ofTopic.set(partition, offset);
    }
  }

  includes({ original }: SinkRecord): boolean {
    const next = this.#offsets.get(original.topic)?.get(original.partition);
    return next !== undefined && original.offset < next;
  }
}

import type { PartitionPosition } from '@headrace/connector-api';

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

  /** Whether the record at this place is applied. */
  includes({ topic, partition, offset }: PartitionPosition): boolean {
    const next = this.#offsets.get(topic)?.get(partition);
    return next !== undefined && offset < next;
  }

  /** How `stored` differs from what is known here: one of these is `lower` there, or `missing`. */
  comparedWith(stored: readonly PartitionPosition[]): 'as-far' | 'lower' | 'missing' {
    const next = new AppliedPositions();
    next.advance(stored);
    let isLower = false;
    for (const [topic, offsets] of this.#offsets) {
      for (const [partition, offset] of offsets) {
        if (offset === 0n || next.includes({ topic, partition, offset: offset - 1n })) continue;
        if (next.#offsets.get(topic)?.has(partition) !== true) return 'missing';
        isLower = true;
      }
    }
    return isLower ? 'lower' : 'as-far';
  }
}

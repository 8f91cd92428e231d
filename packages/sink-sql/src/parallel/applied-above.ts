import type { PartitionPosition } from '@headrace/connector-api';

/**
 * ENDs of transactions that are applied above the low-water mark, by the place of their record in the transaction topic. One
 * lane keeps its own in its row of the position table, in the commit that applies them.
 */
export class AppliedAbove {
  readonly #offsets = new Map<string, Set<bigint>>();

  /** From the text in a lane's row; an empty or missing one holds nothing. */
  static parse(text: string | null): AppliedAbove {
    const above = new AppliedAbove();
    const stored = text === null || text === '' ? {} : (JSON.parse(text) as Readonly<Record<string, readonly string[]>>);
    for (const [partition, offsets] of Object.entries(stored)) above.#offsets.set(partition, new Set(offsets.map(BigInt)));
    return above;
  }

  /** As it is stored together with `further`. */
  text(further: readonly PartitionPosition[] = []): string {
    const all = new Map([...this.#offsets].map(([partition, offsets]) => [partition, [...offsets].map(String)]));
    for (const place of further) {
      const partition = nameOf(place);
      const offsets = all.get(partition) ?? [];
      offsets.push(String(place.offset));
      all.set(partition, offsets);
    }
    return JSON.stringify(Object.fromEntries(all));
  }

  add(places: readonly PartitionPosition[]): void {
    for (const place of places) {
      const offsets = this.#offsets.get(nameOf(place)) ?? new Set<bigint>();
      this.#offsets.set(nameOf(place), offsets.add(place.offset));
    }
  }

  addAll(other: AppliedAbove): void {
    for (const [partition, offsets] of other.#offsets) {
      this.#offsets.set(partition, new Set([...(this.#offsets.get(partition) ?? []), ...offsets]));
    }
  }

  has(place: PartitionPosition): boolean {
    return this.#offsets.get(nameOf(place))?.has(place.offset) === true;
  }

  /** The low-water mark has moved: what lies below it needs no mention. */
  forgetBelow(positions: readonly PartitionPosition[]): void {
    for (const position of positions) {
      const offsets = this.#offsets.get(nameOf(position));
      for (const offset of offsets ?? []) if (offset < position.offset) offsets?.delete(offset);
      if (offsets?.size === 0) this.#offsets.delete(nameOf(position));
    }
  }
}

const nameOf = ({ topic, partition }: PartitionPosition): string => `${String(partition)} ${topic}`;

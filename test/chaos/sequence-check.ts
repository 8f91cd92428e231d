import type { SeenEvent } from '../support/topic-reader.ts';

type Version = number | 'deleted';

/**
 * Judges a ledger's topic while it is read, so that a violation is known beside the fault that caused it: each key's
 * versions rise by one, and end with its deletion. Where repeats are allowed a key may go back, but never skip.
 */
export class SequenceCheck {
  readonly violations: string[] = [];
  readonly #mayRepeat: boolean;
  readonly #last = new Map<number, Version>();
  #repeats = 0;
  #events = 0;

  constructor(mayRepeat: boolean) {
    this.#mayRepeat = mayRepeat;
  }

  get events(): number {
    return this.#events;
  }

  get repeats(): number {
    return this.#repeats;
  }

  /** Undefined for tombstones, which repeat what the deletion before them says. */
  see({ topic, key, value, offset }: SeenEvent): { readonly id: number; readonly version: Version } | undefined {
    if (key === null || value === null) return undefined;
    this.#events += 1;
    const id = Number(key['id']);
    const version: Version = value['op'] === 'd' ? 'deleted' : Number((value['after'] as { readonly version: unknown }).version);
    const last = this.#last.get(id);
    this.#last.set(id, version);
    if (last !== undefined && !follows(last, version)) {
      const isRepeat = last === 'deleted' || (version !== 'deleted' && version <= last);
      if (isRepeat) this.#repeats += 1;
      if (!isRepeat || !this.#mayRepeat) {
        this.violations.push(`${topic} at offset ${offset}: key ${String(id)} goes from ${String(last)} to ${String(version)}`);
      }
    }
    return { id, version };
  }
}

const follows = (last: Version, version: Version): boolean => last !== 'deleted' && (version === 'deleted' || version === last + 1);

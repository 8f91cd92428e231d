import type { Clock } from '@headrace/foundation';

/** A topic in use is told again after this time: it may have been reset meanwhile. */
const TOLD_FOR_MS = 10_000;

/** Which topics a task writes or reads: each is told at the end of the batch that it was first seen in. */
export class TopicUse {
  readonly #tell: (topics: readonly string[]) => void;
  readonly #clock: Clock;
  readonly #told = new Set<string>();
  #news: string[] = [];
  #last: string | undefined;
  #forgetAt: number;

  constructor(tell: (topics: readonly string[]) => void, clock: Clock) {
    this.#tell = tell;
    this.#clock = clock;
    this.#forgetAt = clock.monotonic() + TOLD_FOR_MS;
  }

  /** Called for each record: cheap for the topic of the one before. */
  see(topic: string): void {
    if (topic === this.#last) return;
    this.#last = topic;
    if (this.#told.has(topic)) return;
    this.#told.add(topic);
    this.#news.push(topic);
  }

  /** At the end of a batch. */
  tell(): void {
    if (this.#news.length > 0) {
      this.#tell(this.#news);
      this.#news = [];
    }
    if (this.#clock.monotonic() < this.#forgetAt) return;
    this.#told.clear();
    this.#last = undefined;
    this.#forgetAt = this.#clock.monotonic() + TOLD_FOR_MS;
  }
}

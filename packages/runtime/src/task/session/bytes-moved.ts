import type { Clock, Labels, Meter } from '@headrace/foundation';

const TELL_MS = 1_000;

export interface BytesMovedOptions {
  readonly clock: Clock;
  readonly meter: Meter;
  readonly labels: Labels;
  tell(bytes: number): void;
}

/** Counts the bytes of the records that a task moves, and tells of them now and then: batches may follow each other within a millisecond. */
export class BytesMoved {
  readonly #options: BytesMovedOptions;
  #untold = 0;
  #tellAt: number;

  constructor(options: BytesMovedOptions) {
    this.#options = options;
    this.#tellAt = options.clock.monotonic() + TELL_MS;
  }

  /** Of one batch. */
  add(bytes: number): void {
    const { meter, labels } = this.#options;
    meter.add('headrace_task_bytes_total', bytes, labels);
    this.#untold += bytes;
    this.tell();
  }

  /** After each batch, and when there was none: what came too soon after the last time to be told. */
  tell(): void {
    const now = this.#options.clock.monotonic();
    if (this.#untold === 0 || now < this.#tellAt) return;
    this.#tellAt = now + TELL_MS;
    this.#options.tell(this.#untold);
    this.#untold = 0;
  }
}

import { Wakeup } from './wakeup.ts';

/**
 * A queue bounded by bytes, one producer and one consumer. An item larger than the whole budget is let in alone, so that
 * a big row slows the flow down and does not stop it.
 */
export class ByteQueue<T> {
  readonly #capacityBytes: number;
  readonly #items: { readonly item: T; readonly bytes: number }[] = [];
  readonly #hasItems = new Wakeup();
  readonly #hasRoom = new Wakeup();
  #head = 0;
  #bytes = 0;
  #failure: Error | undefined;

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#items.length - this.#head;
  }

  get isFull(): boolean {
    return this.#bytes >= this.#capacityBytes;
  }

  /** Adds without waiting; the caller watches `isFull` (a socket that can be paused). */
  push(item: T, bytes: number): void {
    this.#items.push({ item, bytes });
    this.#bytes += bytes;
    this.#hasItems.wake();
  }

  /** Waits for room, then adds. */
  async put(item: T, bytes: number, signal: AbortSignal): Promise<void> {
    while (this.isFull && this.#failure === undefined) await this.#hasRoom.wait(signal);
    if (this.#failure !== undefined) throw this.#failure;
    this.push(item, bytes);
  }

  /** Waits until the queue has room again. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.isFull && this.#failure === undefined) await this.#hasRoom.wait(signal);
  }

  /** The next item, or undefined when there is none now. A failure is thrown once the items before it are taken. */
  poll(): T | undefined {
    const entry = this.#items[this.#head];
    if (entry === undefined) {
      if (this.#failure !== undefined) throw this.#failure;
      return undefined;
    }
    this.#head += 1;
    if (this.#head > 1_024 && this.#head * 2 > this.#items.length) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
    this.#bytes -= entry.bytes;
    this.#hasRoom.wake();
    return entry.item;
  }

  /** Waits for the next item. */
  async take(signal: AbortSignal): Promise<T> {
    for (;;) {
      const item = this.poll();
      if (item !== undefined) return item;
      await this.#hasItems.wait(signal);
    }
  }

  /** The producer is broken: the consumer sees the error after what was queued before it. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#hasItems.wake();
    this.#hasRoom.wake();
  }
}

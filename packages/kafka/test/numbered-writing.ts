import type { SourcePosition } from '@headrace/connector-api';
import { systemClock, toError } from '@headrace/foundation';
import type { OutgoingRecord, RecordWriter } from '@headrace/ports';

const deadlineMs = 60_000;
const { signal } = new AbortController();

/** Writes 1, 2, 3 and so on to every partition of a topic, each with its number as the position, until it is stopped. */
export class NumberedWriting {
  readonly #topic: string;
  readonly #partitions: number;
  #isStopped = false;
  #durable = 0;
  #failure: Error | undefined;
  /** Rejects with the writer's failure; resolves with the last number when it was stopped. */
  ended: Promise<number> = Promise.resolve(0);

  constructor(topic: string, partitions: number) {
    this.#topic = topic;
    this.#partitions = partitions;
  }

  /** For the writer's `onDurable`. */
  readonly reached = (positions: readonly SourcePosition[]): void => {
    for (const { offset } of positions) this.#durable = Number(offset?.['n']);
  };

  begin(writer: RecordWriter, first = 1): void {
    this.ended = this.#run(writer, first);
    this.ended.catch((failure: unknown) => {
      this.#failure = toError(failure);
    });
  }

  /** Resolves when `count` more numbers are durable. */
  async goesOn(count: number): Promise<void> {
    const goal = this.#durable + count;
    const deadline = systemClock.monotonic() + deadlineMs;
    while (this.#durable < goal) {
      if (this.#failure !== undefined) throw this.#failure;
      if (systemClock.monotonic() > deadline) throw new Error(`Number ${String(goal)} was not durable within ${String(deadlineMs)} ms.`);
      await systemClock.sleep(10, signal);
    }
  }

  stop(): Promise<number> {
    this.#isStopped = true;
    return this.ended;
  }

  async #run(writer: RecordWriter, first: number): Promise<number> {
    let n = first;
    for (; !this.#isStopped; n += 1) {
      const records = Array.from({ length: this.#partitions }, (_, partition) => this.#record(n, partition));
      await writer.append(records, [numberedPosition(n)], signal);
      await systemClock.sleep(2, signal);
    }
    await writer.flush(signal);
    return n - 1;
  }

  #record(n: number, partition: number): OutgoingRecord {
    return { topic: this.#topic, partition, key: null, value: Buffer.from(String(n)), headers: [], timestamp: undefined };
  }
}

export const numberedPosition = (n: number): SourcePosition => ({ partition: { p: 1 }, offset: { n } });

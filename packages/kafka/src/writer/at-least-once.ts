import type { SourcePosition } from '@headrace/connector-api';
import { Wakeup } from '@headrace/foundation';
import type { Delivery, DeliveryOptions } from './delivery.ts';
import { PositionBatch } from './position-batch.ts';
import { Progress } from '../producer/progress.ts';

/** Shortest time between two rounds of positions, unless somebody flushes. */
const positionIntervalMs = 100;

/**
 * Without a use for this long a coordinator forgets a transactional id (transactional.id.expiration.ms, 7 days by
 * default), and with it the producer id that a successor has to fence. Touched once a day.
 */
const touchIntervalMs = 86_400_000;

interface Checkpoint {
  readonly appendNumber: number;
  /** Every batch up to this one holds what was appended before. */
  readonly ticket: number;
  readonly records: number;
  readonly positions: readonly SourcePosition[];
  /** Monotonic time of the append. */
  readonly at: number;
}

/** Plain idempotent batches, sent at once; a position follows when everything appended before it is acknowledged. */
export class AtLeastOnceDelivery implements Delivery {
  readonly #options: DeliveryOptions;
  readonly #checkpoints: Checkpoint[] = [];
  readonly #tickets = new Progress();
  readonly #appends = new Progress();
  readonly #wakeup = new Wakeup();
  #appendCount = 0;
  #acknowledgedAppend = 0;
  #pending = new PositionBatch();
  #isWriting = false;
  #flushes = 0;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  beginAppend(): void {
    this.#appendCount += 1;
  }

  endAppend(positions: readonly SourcePosition[], records: number): void {
    const { accumulator, clock } = this.#options;
    this.#checkpoints.push({ appendNumber: this.#appendCount, ticket: accumulator.lastTicket, records, positions, at: clock.monotonic() });
    this.#options.sender.wake();
    this.acknowledged();
  }

  acknowledged(): void {
    const { accumulator, clock } = this.#options;
    const { acknowledgedUpTo } = accumulator;
    this.#tickets.reach(acknowledgedUpTo);
    let records = 0;
    const firstAt = this.#checkpoints[0]?.at ?? 0;
    for (let next = this.#checkpoints[0]; next !== undefined && next.ticket <= acknowledgedUpTo; next = this.#checkpoints[0]) {
      this.#checkpoints.shift();
      this.#acknowledgedAppend = next.appendNumber;
      this.#pending.add(next.positions);
      records += next.records;
    }
    this.#options.onRecordsDurable(records, clock.monotonic() - firstAt);
    if (!this.#pending.isEmpty) this.#wakeup.wake();
    else if (!this.#isWriting) this.#appends.reach(this.#acknowledgedAppend);
  }

  async flush(signal: AbortSignal): Promise<void> {
    this.#flushes += 1;
    this.#wakeup.wake();
    try {
      await this.#appends.until(this.#appendCount, signal);
    } finally {
      this.#flushes -= 1;
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let lastRoundAt = Number.NEGATIVE_INFINITY;
    let touchedAt = clock.monotonic();
    for (;;) {
      await this.#wakeup.wait(signal);
      if (this.#pending.isEmpty) continue;
      const tooEarlyMs = lastRoundAt + positionIntervalMs - clock.monotonic();
      if (tooEarlyMs > 0 && this.#flushes === 0) {
        this.#wakeLater(tooEarlyMs, signal);
        continue;
      }
      lastRoundAt = clock.monotonic();
      await this.#writePositions(signal);
      if (lastRoundAt - touchedAt > touchIntervalMs) {
        await this.#touch(signal);
        touchedAt = lastRoundAt;
      }
    }
  }

  fail(error: Error): void {
    this.#tickets.fail(error);
    this.#appends.fail(error);
  }

  async abandon(): Promise<void> {
    // Nothing of ours stays open in Kafka.
  }

  async #writePositions(signal: AbortSignal): Promise<void> {
    const { accumulator, sender, positionTarget, onDurable } = this.#options;
    const round = this.#pending;
    const upTo = this.#acknowledgedAppend;
    this.#pending = new PositionBatch();
    this.#isWriting = true;
    round.encode(positionTarget);
    sender.wake();
    await this.#tickets.until(accumulator.lastTicket, signal);
    onDurable(round.positions);
    this.#isWriting = false;
    this.#appends.reach(this.#pending.isEmpty ? this.#acknowledgedAppend : upTo);
    if (!this.#pending.isEmpty) this.#wakeup.wake();
  }

  #wakeLater(delayMs: number, signal: AbortSignal): void {
    this.#options.clock.sleep(delayMs, signal).then(
      () => {
        this.#wakeup.wake();
      },
      () => undefined,
    );
  }

  /** An aborted transaction on the offsets topic, of which nothing is on its way now. */
  async #touch(signal: AbortSignal): Promise<void> {
    const { session, positionTarget } = this.#options;
    await session.fence([{ topic: positionTarget.topic, partition: 0 }], signal);
  }
}

import type { SourcePosition } from '@headrace/connector-api';
import type { Clock } from '@headrace/foundation';
import type { BatchAccumulator } from '../producer/batch-accumulator.ts';
import type { BatchSender } from '../producer/batch-sender.ts';
import type { PositionTarget } from './position-batch.ts';
import type { ProducerSession } from '../producer/producer-session.ts';

/**
 * How appended records and positions become durable: plain batches with positions behind them, or transactions. The
 * writer encodes; the delivery decides what is sent when.
 */
export interface Delivery {
  /** An `append` begins to encode: what is encoded from now on belongs together. */
  beginAppend(): void;
  /** It has encoded everything, so many records. */
  endAppend(positions: readonly SourcePosition[], records: number): void;
  /** Some batches were acknowledged. */
  acknowledged(): void;
  /** Resolves when every append that has ended is durable, positions included. */
  flush(signal: AbortSignal): Promise<void>;
  /** Works until aborted; rejects with the client's failure. */
  run(signal: AbortSignal): Promise<void>;
  /** The writer is broken or closed: waiters get `error`. */
  fail(error: Error): void;
  /** Ends what is open in Kafka, as quickly as it can, so that no reader has to wait for a time-out. Never rejects. */
  abandon(): Promise<void>;
}

export interface DeliveryOptions {
  readonly clock: Clock;
  readonly session: ProducerSession;
  readonly accumulator: BatchAccumulator;
  readonly sender: BatchSender;
  readonly positionTarget: PositionTarget;
  readonly onDurable: (positions: readonly SourcePosition[]) => void;
  readonly onRecordsDurable: (records: number, ms: number) => void;
}

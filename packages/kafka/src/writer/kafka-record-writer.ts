import type { SourcePosition } from '@headrace/connector-api';
import {
  createLatch,
  FencedError,
  isAbort,
  linkSignal,
  RetriableError,
  Stopped,
  Wakeup,
  type Clock,
  type LinkedController,
} from '@headrace/foundation';
import { countRecords, type Outgoing, type RecordWriter } from '@headrace/ports';
import { answerOf, isFencingAnswer, toKafkaError } from '../cluster/broker-failure.ts';
import type { Connections } from '../cluster/connections.ts';
import { errors } from '../errors.ts';
import type { BatchAccumulator } from '../producer/batch-accumulator.ts';
import type { BatchSender } from '../producer/batch-sender.ts';
import { BatchFiller } from './batch-filler.ts';
import type { Delivery } from './delivery.ts';
import type { TopicRouter } from './topic-router.ts';

export interface WriterParts {
  readonly clock: Clock;
  readonly transactionalId: string;
  readonly connections: Connections;
  readonly accumulator: BatchAccumulator;
  readonly router: TopicRouter;
  readonly bufferBytes: number;
  readonly maxRequestBytes: number;
  /** Whether full batches may leave before their append has ended. */
  readonly isEager: boolean;
  confirmOwnership(signal: AbortSignal): Promise<boolean>;
}

/**
 * The writer of one task: encodes what is appended, waits for room, and turns the first failure into the end of itself.
 * What is sent when is its delivery's business.
 */
export class KafkaRecordWriter implements RecordWriter {
  readonly failure: Promise<never>;
  readonly #parts: WriterParts;
  readonly #lifetime: LinkedController = linkSignal(new AbortController().signal);
  readonly #failed = createLatch<never>();
  readonly #hasRoom = new Wakeup();
  readonly #filler: BatchFiller;
  #sender: BatchSender | undefined;
  #delivery: Delivery | undefined;
  #running: Promise<void> = Promise.resolve();
  #error: Error | undefined;
  #isFailing = false;
  /** Resolves when the append before has ended: order of calls is order in Kafka. */
  #turn: Promise<void> = Promise.resolve();

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.#filler = new BatchFiller({
      ...parts,
      onPause: () => {
        if (parts.isEager) this.#sender?.wake();
      },
      onResume: () => {
        this.#throwIfEnded();
      },
    });
    this.failure = this.#failed.promise;
    // Nobody has to listen.
    this.failure.catch(() => undefined);
  }

  /** Sets it to work; called once, by whoever made it. */
  start(sender: BatchSender, delivery: Delivery): void {
    this.#sender = sender;
    this.#delivery = delivery;
    this.#running = delivery.run(this.#lifetime.signal).catch((failure: unknown) => {
      this.failed(failure);
    });
  }

  /** The sender calls this when the broker has taken some batches. */
  acknowledged(): void {
    this.#delivery?.acknowledged();
    this.#hasRoom.wake();
  }

  /** The sender or the delivery is broken: the writer ends, after asking for ownership where the broker fences. */
  failed(failure: unknown): void {
    if (this.#isFailing || this.#lifetime.signal.aborted) return;
    this.#isFailing = true;
    this.#sender?.close();
    void this.#judge(failure).then((error) => {
      this.#end(error);
    });
  }

  async append(records: readonly Outgoing[], positions: readonly SourcePosition[], signal: AbortSignal): Promise<void> {
    const turn = this.#turn;
    const ended = createLatch();
    this.#turn = ended.promise;
    await turn;
    try {
      await this.#appendInTurn(records, positions, signal);
    } finally {
      ended.resolve();
    }
  }

  async flush(signal: AbortSignal): Promise<void> {
    await this.#turn;
    this.#throwIfEnded();
    await this.#delivery?.flush(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sender?.close();
    this.#lifetime.abort(new Stopped('done'));
    const error = new Stopped('done', 'The record writer is closed.');
    this.#error ??= error;
    this.#delivery?.fail(error);
    this.#hasRoom.wake();
    await this.#running;
    await this.#delivery?.abandon();
    await this.#parts.connections[Symbol.asyncDispose]();
  }

  async #appendInTurn(records: readonly Outgoing[], positions: readonly SourcePosition[], signal: AbortSignal): Promise<void> {
    const { accumulator, router, bufferBytes } = this.#parts;
    this.#throwIfEnded();
    while (accumulator.bytes >= bufferBytes) {
      await this.#hasRoom.wait(signal);
      this.#throwIfEnded();
    }
    try {
      await router.prepare(records, signal);
    } catch (failure) {
      if (!signal.aborted) this.failed(failure);
      throw failure;
    }
    this.#throwIfEnded();
    // Encoded records are released once they are written.
    const count = countRecords(records);
    this.#delivery?.beginAppend();
    try {
      await this.#filler.fill(records);
    } catch (error) {
      this.failed(error);
      throw error;
    }
    this.#delivery?.endAppend(positions, count);
  }

  async #judge(failure: unknown): Promise<Error> {
    const { transactionalId } = this.#parts;
    const answer = answerOf(failure);
    if (!isFencingAnswer(answer)) return toKafkaError(failure, `Writing as "${transactionalId}"`);
    const details = { cause: failure, fields: { transactionalId, answer: answer ?? '' } };
    try {
      if (!(await this.#parts.confirmOwnership(this.#lifetime.signal))) {
        return new FencedError(errors.fenced.code, `Another worker writes as "${transactionalId}" now (${answer ?? ''}).`, details);
      }
    } catch (error) {
      if (!isAbort(error))
        return new RetriableError(
          errors.producer_reset.code,
          `The broker refuses "${transactionalId}" (${answer ?? ''}), and ownership could not be asked for.`,
          { cause: error },
        );
    }
    return new RetriableError(
      errors.producer_reset.code,
      `The broker has reset the producer of "${transactionalId}" (${answer ?? ''}); the task has to start again.`,
      details,
    );
  }

  #end(error: Error): void {
    if (this.#lifetime.signal.aborted) return;
    this.#error ??= error;
    this.#lifetime.abort(error);
    this.#delivery?.fail(error);
    this.#hasRoom.wake();
    this.#failed.reject(error);
    void this.#running.then(() => this.#delivery?.abandon());
  }

  #throwIfEnded(): void {
    if (this.#error !== undefined) throw this.#error;
  }
}

import { scheduler } from 'node:timers/promises';
import type { SourcePosition } from '@headrace/connector-api';
import {
  createLatch,
  FencedError,
  isAbort,
  linkSignal,
  RecordError,
  RetriableError,
  Stopped,
  Wakeup,
  type Clock,
  type LinkedController,
} from '@headrace/foundation';
import type { OutgoingRecord, RecordWriter } from '@headrace/ports';
import { answerOf, isFencingAnswer, toKafkaError } from '../cluster/broker-failure.ts';
import type { Connections } from '../cluster/connections.ts';
import { errors } from '../errors.ts';
import { batchHeaderBytes } from '../wire/batch-builder.ts';
import type { BatchAccumulator } from '../producer/batch-accumulator.ts';
import type { BatchSender } from '../producer/batch-sender.ts';
import type { Delivery } from './delivery.ts';
import type { TopicRouter } from './topic-router.ts';

/** Encoding goes on for this long, then lets others work. */
const sliceMs = 4;
/** Records between two looks at the clock. */
const recordsPerLook = 256;

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
  #sender: BatchSender | undefined;
  #delivery: Delivery | undefined;
  #running: Promise<void> = Promise.resolve();
  #error: Error | undefined;
  #isFailing = false;
  /** Resolves when the append before has ended: order of calls is order in Kafka. */
  #turn: Promise<void> = Promise.resolve();

  constructor(parts: WriterParts) {
    this.#parts = parts;
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

  async append(records: readonly OutgoingRecord[], positions: readonly SourcePosition[], signal: AbortSignal): Promise<void> {
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

  async #appendInTurn(records: readonly OutgoingRecord[], positions: readonly SourcePosition[], signal: AbortSignal): Promise<void> {
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
    this.#delivery?.beginAppend();
    await this.#encode(records);
    this.#delivery?.endAppend(positions);
  }

  async #encode(records: readonly OutgoingRecord[]): Promise<void> {
    const { accumulator, router, clock, maxRequestBytes, isEager } = this.#parts;
    const now = clock.now();
    let sliceEndMs = clock.monotonic() + sliceMs;
    for (let index = 0; index < records.length; index += 1) {
      const record = records[index];
      if (record === undefined) break;
      try {
        const bytes = accumulator.add(router.queueOf(record), record, record.timestamp ?? now, index);
        if (bytes + batchHeaderBytes > maxRequestBytes) throw tooLarge(record.topic, index, bytes, maxRequestBytes);
      } catch (error) {
        this.failed(error);
        throw error;
      }
      if ((index + 1) % recordsPerLook === 0 && clock.monotonic() > sliceEndMs) {
        if (isEager) this.#sender?.wake();
        await scheduler.yield();
        this.#throwIfEnded();
        sliceEndMs = clock.monotonic() + sliceMs;
      }
    }
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

const tooLarge = (topic: string, index: number, bytes: number, maxRequestBytes: number): RecordError =>
  new RecordError(
    errors.record_too_large.code,
    `A record for topic "${topic}" takes ${String(bytes)} bytes, more than max.request.size (${String(maxRequestBytes)}). ${errors.record_too_large.hint}`,
    { fields: { topic, index } },
  );

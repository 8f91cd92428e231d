import type { JsonMap, PartitionPosition, SourcePosition, TopicPartition } from '@headrace/connector-api';
import { createLatch, FencedError, RetriableError, Stopped, toError, type Clock } from '@headrace/foundation';
import type { FoundOffset, SinkOffsets, SinkOffsetsOptions } from '@headrace/ports';
import { answerOf, isFencingAnswer, toKafkaError } from '../cluster/broker-failure.ts';
import type { Connections } from '../cluster/connections.ts';
import { within } from '../cluster/retry.ts';
import { errors } from '../errors.ts';
import type { ProducerSession } from '../producer/producer-session.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import type { OffsetRecords } from './offset-records.ts';
import type { OffsetsLog } from './offsets-log.ts';

export interface KafkaSinkOffsetsParts {
  readonly clock: Clock;
  readonly options: SinkOffsetsOptions;
  readonly connections: Connections;
  /** Of the group, where the consumer logs in as somebody else; undefined: it is part of the transaction. */
  readonly ownConnections: Connections | undefined;
  readonly session: ProducerSession;
  readonly group: ConsumerGroup;
  readonly copies: OffsetRecords;
  readonly log: OffsetsLog;
}

/** How often the group is looked at for members that do not belong there, and for offsets that others have touched. */
const groupCheckMs = 5_000;
const abandonMs = 2_000;

/** Group offsets and their copy, committed together, or the group behind the copy by a login of its own; any failure is final, so that the task starts again with a new epoch. */
export class KafkaSinkOffsets implements SinkOffsets {
  readonly #parts: KafkaSinkOffsetsParts;
  #failure: Error | undefined;
  #turn: Promise<void> = Promise.resolve();
  #checkedAtMs: number;
  /** What the group must have of ours. */
  readonly #last = new Map<string, PartitionPosition>();

  constructor(parts: KafkaSinkOffsetsParts) {
    this.#parts = parts;
    this.#checkedAtMs = parts.clock.monotonic();
  }

  async committed(partitions: readonly TopicPartition[], signal: AbortSignal): Promise<readonly PartitionPosition[]> {
    const { group, log, options } = this.#parts;
    try {
      const found = byPlace(await group.committed(partitions, signal));
      const isWhole = partitions.every((partition) => found.has(placeOf(partition)));
      const copies = byPlace(isWhole ? [] : copiesIn(await log.positions(options.connector, signal)));
      return partitions.flatMap((partition) => found.get(placeOf(partition)) ?? copies.get(placeOf(partition)) ?? []);
    } catch (failure) {
      throw toKafkaError(failure, `Reading the offsets of group "${options.group}"`);
    }
  }

  async commit(positions: readonly PartitionPosition[], signal: AbortSignal): Promise<void> {
    const turn = this.#turn;
    const ended = createLatch();
    this.#turn = ended.promise;
    await turn;
    try {
      if (this.#failure !== undefined) throw this.#failure;
      if (positions.length > 0) await this.#commitInTurn(positions, signal);
    } finally {
      ended.resolve();
    }
  }

  async putBack(signal: AbortSignal): Promise<readonly FoundOffset[]> {
    const { clock, group, options } = this.#parts;
    if (this.#last.size === 0 || clock.monotonic() - this.#checkedAtMs < groupCheckMs) return [];
    this.#checkedAtMs = clock.monotonic();
    let found: ReadonlyMap<string, PartitionPosition>;
    try {
      await group.requireNoMembers(signal);
      found = byPlace(await group.committed([...this.#last.values()], signal));
    } catch (failure) {
      throw toKafkaError(failure, `Looking at the offsets of group "${options.group}"`);
    }
    const touched = [...this.#last.values()].filter((position) => found.get(placeOf(position))?.offset !== position.offset);
    await this.commit(touched, signal);
    return touched.map(({ topic, partition, offset }) => {
      const other = found.get(placeOf({ topic, partition }))?.offset ?? null;
      return { topic, partition, offset: other, committed: offset };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#failure ??= new Stopped('done', 'The sink offsets are closed.');
    this.#parts.copies.close();
    await this.#parts.ownConnections?.[Symbol.asyncDispose]();
    await this.#parts.connections[Symbol.asyncDispose]();
  }

  async #commitInTurn(positions: readonly PartitionPosition[], signal: AbortSignal): Promise<void> {
    const { clock, session, group, copies, options, ownConnections } = this.#parts;
    const isApart = ownConnections !== undefined;
    try {
      if (clock.monotonic() - this.#checkedAtMs > groupCheckMs) {
        await group.requireNoMembers(signal);
        this.#checkedAtMs = clock.monotonic();
      }
      const cut = copies.add(options.connector, positions.map(copyOf));
      if (!isApart) await session.addGroup(options.group, signal);
      await session.addPartitions(cut.queues, signal);
      if (!isApart) await group.commitIn(session, positions, signal);
      await copies.send(cut, signal);
      await session.end(true, signal);
      // A stale owner has failed before this: only one that stood still between the two lines sets the group back, for a moment.
      if (isApart) await group.commit(positions, signal);
      for (const position of positions) this.#last.set(placeOf(position), position);
    } catch (failure) {
      this.#failure = signal.aborted ? toError(failure) : await this.#judge(failure, signal);
      copies.close();
      await within(clock, abandonMs, (limit) => session.end(false, limit)).catch(() => undefined);
      throw this.#failure;
    }
  }

  async #judge(failure: unknown, signal: AbortSignal): Promise<Error> {
    const { options } = this.#parts;
    const answer = answerOf(failure);
    if (!isFencingAnswer(answer)) return toKafkaError(failure, `Committing the offsets of group "${options.group}"`);
    const details = { cause: failure, fields: { transactionalId: options.transactionalId, answer: answer ?? '' } };
    try {
      if (!(await options.confirmOwnership(signal))) {
        return new FencedError(
          errors.fenced.code,
          `Another worker commits as "${options.transactionalId}" now (${answer ?? ''}).`,
          details,
        );
      }
    } catch (error) {
      return new RetriableError(
        errors.producer_reset.code,
        `The broker refuses "${options.transactionalId}" (${answer ?? ''}), and ownership could not be asked for.`,
        { cause: error },
      );
    }
    return new RetriableError(
      errors.producer_reset.code,
      `The broker has reset the producer of "${options.transactionalId}" (${answer ?? ''}); the task has to start again.`,
      details,
    );
  }
}

const placeOf = ({ topic, partition }: TopicPartition): string => `${topic}/${String(partition)}`;

const byPlace = (positions: readonly PartitionPosition[]): ReadonlyMap<string, PartitionPosition> =>
  new Map(positions.map((position) => [placeOf(position), position]));

/** Keys and values are those Kafka Connect shows for sinks in its REST answers. */
export const copyKey = ({ topic, partition }: TopicPartition): JsonMap => ({ kafka_topic: topic, kafka_partition: partition });

export const copyOf = (position: PartitionPosition): SourcePosition => ({
  partition: copyKey(position),
  offset: { kafka_offset: position.offset },
});

const copiesIn = (positions: readonly SourcePosition[]): readonly PartitionPosition[] =>
  positions.flatMap(({ partition, offset }) => {
    const { kafka_topic: topic, kafka_partition: index } = partition;
    const stored = offset?.['kafka_offset'];
    if (typeof topic !== 'string' || typeof index !== 'number' || (typeof stored !== 'number' && typeof stored !== 'bigint')) return [];
    return [{ topic, partition: index, offset: BigInt(stored) }];
  });

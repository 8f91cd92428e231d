import type { JsonMap, PartitionPosition, SourcePosition, TopicPartition } from '@headrace/connector-api';
import { createLatch, hasCode, RetriableError } from '@headrace/foundation';
import {
  canonicalJson,
  offsetKey,
  parseOffsetKey,
  parseOffsetValue,
  partitionOfKey,
  type IncomingRecord,
  type RecordReaders,
} from '@headrace/ports';
import type { Cluster } from '../cluster/cluster.ts';
import { listOffsets } from '../cluster/list-offsets.ts';
import { errors } from '../errors.ts';
import { newestRecord } from './newest-record.ts';
import type { OffsetsTopic } from './offsets-topic.ts';

export interface OffsetsLogOptions {
  readonly cluster: Cluster;
  readonly readers: RecordReaders;
  readonly topic: OffsetsTopic;
  /** Longest wait for undecided transactions: longer than the time-out that ends them. */
  readonly stableDeadlineMs: number;
}

interface Entry {
  readonly partition: JsonMap;
  readonly value: Buffer;
}

type PartitionEnds = ReadonlyMap<TopicPartition, bigint>;

const stablePollMs = 20;
const recordsPerPoll = 2_000;
const pollWaitMs = 500;

/**
 * The offsets topic as a table, read to its end for every question about more than one position; what was read before is kept, so that only the tail
 * is fetched. A question sees everything that was committed before it was asked.
 */
export class OffsetsLog {
  readonly #options: OffsetsLogOptions;
  /** By connector, then by the canonical text of the source partition. */
  readonly #entries = new Map<string, Map<string, Entry>>();
  readonly #next = new Map<number, bigint>();
  #turn: Promise<void> = Promise.resolve();

  constructor(options: OffsetsLogOptions) {
    this.#options = options;
  }

  async positions(connector: string, signal: AbortSignal): Promise<readonly SourcePosition[]> {
    await this.#readToEnd(signal);
    const entries = this.#entries.get(connector);
    return [...(entries?.values() ?? [])].map(({ partition, value }) => ({ partition, offset: parseOffsetValue(value, connector) }));
  }

  async position(connector: string, partition: JsonMap, signal: AbortSignal): Promise<JsonMap | null> {
    const newest = await this.#newest(connector, partition, signal);
    if (newest !== undefined) return newest.value === null ? null : parseOffsetValue(newest.value, connector);
    await this.#readToEnd(signal);
    const entry = this.#entries.get(connector)?.get(canonicalJson(partition));
    return entry === undefined ? null : parseOffsetValue(entry.value, connector);
  }

  /** The partition in the very form that is stored, so that its key's bytes are met again; as given when none is stored. */
  async storedForm(connector: string, partition: JsonMap, signal: AbortSignal): Promise<JsonMap> {
    await this.#readToEnd(signal);
    return this.#entries.get(connector)?.get(canonicalJson(partition))?.partition ?? partition;
  }

  /**
   * Where the key's producer has put it, without reading the rest: what all tasks have stored may be hundreds of megabytes.
   * Undefined where that could be another place, or has nothing, and for a table that was read already.
   */
  async #newest(connector: string, partition: JsonMap, signal: AbortSignal): Promise<IncomingRecord | undefined> {
    const { cluster, readers, topic } = this.#options;
    // Several members may be stored in another order, and so under another key.
    if (this.#next.size > 0 || Object.keys(partition).length !== 1) return undefined;
    const key = offsetKey(connector, partition);
    const place = { topic: topic.name, partition: partitionOfKey(key, await topic.ensure(signal)) };
    const ends = await listOffsets(cluster, [place], 'latest', signal);
    const begins = await listOffsets(cluster, [place], 'earliest', signal);
    await this.#untilStable(ends, signal);
    try {
      return await newestRecord({ readers, place, key, begin: begins.get(place) ?? 0n, end: ends.get(place) ?? 0n }, signal);
    } catch (error) {
      // Deleted and created anew meanwhile.
      if (hasCode(error, errors.offset_out_of_range.code)) return undefined;
      throw error;
    }
  }

  /** One reading at a time; each begins after it was asked for. */
  async #readToEnd(signal: AbortSignal): Promise<void> {
    const turn = this.#turn;
    const ended = createLatch();
    this.#turn = ended.promise;
    await turn;
    try {
      await this.#readTail(signal);
    } catch (error) {
      if (!hasCode(error, errors.offset_out_of_range.code)) throw error;
      // Deleted and created anew: what was kept means nothing any more.
      this.#forget();
      await this.#readTail(signal);
    } finally {
      ended.resolve();
    }
  }

  async #readTail(signal: AbortSignal): Promise<void> {
    const { cluster, topic, readers } = this.#options;
    const partitions = Array.from({ length: await topic.ensure(signal) }, (_, partition) => ({ topic: topic.name, partition }));
    const ends = await listOffsets(cluster, partitions, 'latest', signal);
    const begins = await listOffsets(cluster, partitions, 'earliest', signal);
    await this.#untilStable(ends, signal);
    this.#forgetWhenRecreated(ends);
    const start = this.#unread(ends, begins);
    if (start.length === 0) return;
    const goals = new Map([...ends].map(([{ partition }, end]) => [partition, end]));
    await using reader = await readers.open({ start, isolation: 'read_committed' }, signal);
    for (let isAtEnd = false; !isAtEnd;) {
      for (const { key, value } of await reader.poll(recordsPerPoll, pollWaitMs, signal)) if (key !== null) this.#learn(key, value);
      const reached = reader.positions();
      for (const { partition, offset } of reached) this.#next.set(partition, offset);
      isAtEnd = reached.every(({ partition, offset }) => offset >= (goals.get(partition) ?? 0n));
    }
  }

  /** What was read lies behind the end: this is another topic of the same name. */
  #forgetWhenRecreated(ends: PartitionEnds): void {
    const isBehind = [...ends].some(([{ partition }, end]) => (this.#next.get(partition) ?? 0n) > end);
    if (isBehind) this.#forget();
  }

  #forget(): void {
    this.#entries.clear();
    this.#next.clear();
  }

  /** Where reading goes on in each partition that has something to read. */
  #unread(ends: PartitionEnds, begins: PartitionEnds): readonly PartitionPosition[] {
    return [...ends].flatMap(([partition, end]) => {
      const begin = begins.get(partition) ?? 0n;
      const kept = this.#next.get(partition.partition) ?? 0n;
      const offset = kept > begin ? kept : begin;
      return offset < end ? [{ ...partition, offset }] : [];
    });
  }

  /** An open transaction hides what is behind it: waits until everything up to these ends is decided. */
  async #untilStable(ends: PartitionEnds, signal: AbortSignal): Promise<void> {
    const { cluster, stableDeadlineMs, topic } = this.#options;
    const deadline = cluster.clock.monotonic() + stableDeadlineMs;
    let undecided = [...ends.keys()];
    for (;;) {
      const stable = await listOffsets(cluster, undecided, 'last-stable', signal);
      undecided = undecided.filter((partition) => (stable.get(partition) ?? 0n) < (ends.get(partition) ?? 0n));
      if (undecided.length === 0) return;
      if (cluster.clock.monotonic() > deadline) {
        const names = undecided.map(({ partition }) => String(partition)).join(', ');
        throw new RetriableError(
          errors.transaction_pending.code,
          `A transaction on "${topic.name}" partition ${names} is undecided after ${String(stableDeadlineMs)} ms. ${errors.transaction_pending.hint}`,
          { fields: { topic: topic.name, partitions: names } },
        );
      }
      await cluster.clock.sleep(stablePollMs, signal);
    }
  }

  #learn(key: Buffer, value: Buffer | null): void {
    const parsed = parseOffsetKey(key);
    if (parsed === undefined) return;
    const { connector, partition } = parsed;
    let entries = this.#entries.get(connector);
    if (entries === undefined) {
      entries = new Map();
      this.#entries.set(connector, entries);
    }
    // Copied: the fetched bytes are megabytes that this would keep alive.
    if (value === null) entries.delete(canonicalJson(partition));
    else entries.set(canonicalJson(partition), { partition, value: Buffer.from(value) });
  }
}

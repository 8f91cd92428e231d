import type { PartitionPosition, TopicPartition } from '@headrace/connector-api';
import { backoffMs, freeBytes, Stopped, TaskFailure, toError, Wakeup } from '@headrace/foundation';
import type { IncomingRecord, RecordReader } from '@headrace/ports';
import { NetworkError, type Connection } from '@platformatic/kafka';
import { errorNameOf, isTransient, isTransientAnswer, toKafkaError } from '../cluster/broker-failure.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Connections } from '../cluster/connections.ts';
import { errors } from '../errors.ts';
import type { ConsumerMetrics } from '../metrics/consumer-metrics.ts';
import { decodeFetch, encodeFetch, fetchApi, type FetchedPartition, type FetchLimits, type FetchResult } from '../wire/fetch-codec.ts';
import type { PartitionFeed } from './partition-feed.ts';
import type { ReaderSettings } from './reader-settings.ts';

const retryBackoff = { initialMs: 20, maxMs: 1_000 };

export interface KafkaRecordReaderOptions {
  readonly cluster: Cluster;
  readonly connections: Connections;
  readonly feeds: readonly PartitionFeed[];
  readonly isCommittedOnly: boolean;
  readonly settings: ReaderSettings;
  readonly metrics: ConsumerMetrics;
}

interface Asked {
  readonly feed: PartitionFeed;
  readonly generation: number;
}

/** Keeps one fetch under way per leader, as long as there is room; `poll` decodes what has arrived. */
export class KafkaRecordReader implements RecordReader {
  readonly #options: KafkaRecordReaderOptions;
  readonly #feeds: ReadonlyMap<string, PartitionFeed>;
  readonly #lifetime = new AbortController();
  readonly #arrived = new Wakeup();
  readonly #busyNodes = new Set<number>();
  #failure: Error | undefined;
  #firstFeed = 0;
  #wakeAtMs = Number.POSITIVE_INFINITY;

  constructor(options: KafkaRecordReaderOptions) {
    this.#options = options;
    this.#feeds = new Map(options.feeds.map((feed) => [feedKey(feed), feed]));
  }

  /** Begins to fetch; called once. */
  start(): void {
    this.#pump();
  }

  async poll(maxRecords: number, maxWaitMs: number, signal: AbortSignal): Promise<readonly IncomingRecord[]> {
    const { clock } = this.#options.cluster;
    const deadline = clock.monotonic() + maxWaitMs;
    for (;;) {
      signal.throwIfAborted();
      const records = this.#take(maxRecords);
      this.#options.metrics.lags(this.#options.feeds, clock.monotonic());
      this.#pump();
      if (records.length > 0) return records;
      if (this.#failure !== undefined) throw this.#failure;
      const remainingMs = deadline - clock.monotonic();
      if (remainingMs <= 0) return [];
      await this.#waitForArrival(remainingMs, signal);
    }
  }

  positions(): readonly PartitionPosition[] {
    return this.#options.feeds.map(({ topic, partition, position }) => ({ topic, partition, offset: position }));
  }

  maxLag(): bigint | undefined {
    let max: bigint | undefined;
    for (const { lag } of this.#options.feeds) if (lag !== undefined && (max === undefined || lag > max)) max = lag;
    return max;
  }

  seek(position: PartitionPosition): void {
    this.#feed(position).seek(position.offset);
    this.#pump();
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      const feed = this.#feed(partition);
      feed.isPaused = true;
      // Its records would take the room of those that are still wanted.
      feed.seek(feed.position);
    }
    this.#pump();
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#feed(partition).isPaused = false;
    this.#pump();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#failure ??= new Stopped('done', 'The record reader is closed.');
    this.#lifetime.abort(new Stopped('done'));
    this.#arrived.wake();
    await this.#options.connections[Symbol.asyncDispose]();
  }

  #feed({ topic, partition }: TopicPartition): PartitionFeed {
    const feed = this.#feeds.get(feedKey({ topic, partition }));
    if (feed === undefined) throw new TypeError(`Topic "${topic}" partition ${String(partition)} is not assigned to this reader.`);
    return feed;
  }

  /** Starts with another partition each time, so that a busy one does not starve the others. */
  #take(maxRecords: number): readonly IncomingRecord[] {
    const { feeds, metrics } = this.#options;
    const records: IncomingRecord[] = [];
    try {
      for (let index = 0; index < feeds.length && records.length < maxRecords; index += 1) {
        const feed = feeds[(this.#firstFeed + index) % feeds.length];
        const before = records.length;
        feed?.take(records, maxRecords);
        if (feed !== undefined && records.length > before) metrics.consumed(feed.topic, records.length - before);
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#firstFeed = (this.#firstFeed + 1) % Math.max(1, feeds.length);
    return records;
  }

  async #waitForArrival(ms: number, signal: AbortSignal): Promise<void> {
    const timer = new AbortController();
    this.#options.cluster.clock.sleep(ms, timer.signal).then(
      () => {
        this.#arrived.wake();
      },
      () => undefined,
    );
    try {
      await this.#arrived.wait(signal);
    } finally {
      timer.abort(new Stopped('done'));
    }
  }

  #pump(): void {
    if (this.#lifetime.signal.aborted || this.#failure !== undefined) return;
    const { cluster, feeds, settings } = this.#options;
    const now = cluster.clock.monotonic();
    const roomBytes = settings.bufferBytes - feeds.reduce((bytes, feed) => bytes + feed.bytes, 0);
    if (roomBytes <= 0) return;
    const feedsByNode = new Map<number, PartitionFeed[]>();
    for (const feed of feeds) {
      if (feed.isPaused || feed.isFetching) continue;
      if (feed.retryAtMs > now) {
        this.#wakeAt(feed.retryAtMs);
        continue;
      }
      const leader = cluster.leader(feed.topic, feed.partition);
      if (leader === undefined) {
        this.#postpone(feed);
        continue;
      }
      const group = feedsByNode.get(leader);
      if (group === undefined) feedsByNode.set(leader, [feed]);
      else group.push(feed);
    }
    for (const [node, group] of feedsByNode) {
      if (!this.#busyNodes.has(node)) void this.#fetch(node, group, roomBytes);
    }
  }

  async #fetch(node: number, feeds: readonly PartitionFeed[], roomBytes: number): Promise<void> {
    const { cluster, connections } = this.#options;
    const asked = feeds.map((feed): Asked => ({ feed, generation: feed.generation }));
    this.#busyNodes.add(node);
    for (const feed of feeds) feed.isFetching = true;
    try {
      const broker = cluster.node(node);
      if (broker === undefined) throw new NetworkError(`Broker ${String(node)} is not known at present.`);
      const connection = await connections.get(broker);
      const askedAt = cluster.clock.monotonic();
      const result = await this.#request(connection, feeds, roomBytes);
      // By the time the collector would look, there would be tens of megabytes of them.
      for (const part of result.spent) freeBytes(part);
      this.#options.metrics.fetched(bytesByTopic(result), cluster.clock.monotonic() - askedAt);
      this.#onResult(asked, result);
    } catch (failure) {
      if (this.#lifetime.signal.aborted) return;
      if (!isTransient(failure)) this.#fail(toKafkaError(failure, 'Fetching records'));
      else for (const feed of feeds) this.#postpone(feed);
    } finally {
      this.#busyNodes.delete(node);
      for (const feed of feeds) feed.isFetching = false;
    }
    this.#arrived.wake();
    this.#pump();
  }

  async #request(connection: Connection, feeds: readonly PartitionFeed[], roomBytes: number): Promise<FetchResult> {
    const { settings, isCommittedOnly } = this.#options;
    const limits: FetchLimits = {
      isCommittedOnly,
      maxWaitMs: settings.maxWaitMs,
      minBytes: settings.minBytes,
      maxBytes: Math.min(settings.maxBytes, roomBytes),
      partitionMaxBytes: Math.min(settings.partitionMaxBytes, roomBytes),
    };
    const entries = feeds.map(({ topic, partition, fetchOffset }) => ({ topic, partition, offset: fetchOffset }));
    return await new Promise<FetchResult>((resolve, reject) => {
      connection.send(
        fetchApi.key,
        fetchApi.version,
        () => encodeFetch(limits, entries),
        decodeFetch,
        true,
        true,
        (failure, result) => {
          if (failure !== null || result === undefined) reject(toError(failure));
          else resolve(result);
        },
      );
    });
  }

  #onResult(asked: readonly Asked[], result: FetchResult): void {
    if (this.#lifetime.signal.aborted) return;
    const found = new Map(result.partitions.map((fetched) => [feedKey(fetched), fetched]));
    for (const { feed, generation } of asked) {
      const fetched = found.get(feedKey(feed));
      // Moved or paused since it was asked for: the answer is about another place.
      if (fetched === undefined || feed.generation !== generation) continue;
      const answer = errorNameOf(result.errorCode === 0 ? fetched.errorCode : result.errorCode);
      if (answer === 'NONE') this.#accept(feed, fetched);
      else if (isTransientAnswer(answer)) this.#postpone(feed);
      else this.#fail(refusal(feed, answer));
    }
  }

  #accept(feed: PartitionFeed, fetched: FetchedPartition): void {
    feed.attempts = 0;
    try {
      feed.accept(fetched);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The partition has no leader, or its leader does not answer: looks for it and tries again later. */
  #postpone(feed: PartitionFeed): void {
    const { cluster } = this.#options;
    feed.retryAtMs = cluster.clock.monotonic() + backoffMs(cluster.clock, feed.attempts, retryBackoff);
    feed.attempts += 1;
    cluster.refresh([feed.topic]).catch(() => undefined);
    this.#wakeAt(feed.retryAtMs);
  }

  #wakeAt(atMs: number): void {
    if (atMs >= this.#wakeAtMs) return;
    const { clock } = this.#options.cluster;
    this.#wakeAtMs = atMs;
    clock.sleep(Math.max(1, atMs - clock.monotonic()), this.#lifetime.signal).then(
      () => {
        this.#wakeAtMs = Number.POSITIVE_INFINITY;
        this.#pump();
      },
      () => undefined,
    );
  }

  #fail(failure: unknown): void {
    this.#failure ??= toError(failure);
    this.#arrived.wake();
  }
}

const feedKey = ({ topic, partition }: TopicPartition): string => `${topic}/${String(partition)}`;

const bytesByTopic = ({ partitions }: FetchResult): ReadonlyMap<string, number> => {
  const found = new Map<string, number>();
  for (const { topic, bytes } of partitions) found.set(topic, (found.get(topic) ?? 0) + bytes.length);
  return found;
};

const refusal = (feed: PartitionFeed, answer: string): TaskFailure => {
  const { topic, partition, fetchOffset } = feed;
  const fields = { topic, partition, answer };
  const place = `topic "${topic}" partition ${String(partition)}`;
  if (answer === 'OFFSET_OUT_OF_RANGE') {
    return new TaskFailure(
      errors.offset_out_of_range.code,
      `Offset ${String(fetchOffset)} of ${place} does not exist. ${errors.offset_out_of_range.hint}`,
      { fields },
    );
  }
  if (answer.endsWith('AUTHORIZATION_FAILED')) {
    return new TaskFailure(errors.not_authorized.code, `Reading ${place} failed: ${answer}. ${errors.not_authorized.hint}`, { fields });
  }
  return new TaskFailure(errors.unsupported.code, `Reading ${place} failed: ${answer}.`, { fields });
};

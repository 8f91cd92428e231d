import type { JsonMap, SourcePosition } from '@headrace/connector-api';
import { RetriableError, type Clock } from '@headrace/foundation';
import { canonicalJson, connectJson, offsetKey, parseOffsetKey, parseOffsetValue } from '../connect-offset-json.ts';
import { kafkaErrors } from '../kafka-errors.ts';
import { partitionOfKey } from '../partition-of-key.ts';
import type { MemoryPartition, MemoryProducer } from './memory-kafka-partition.ts';
import type { MemoryKafka } from './memory-kafka.ts';

export interface MemoryKafkaOffsetsLogOptions {
  readonly clock: Clock;
  readonly topic: string;
  readonly partitionCount: number;
  readonly stableDeadlineMs: number;
}

const stablePollMs = 20;

/** The offsets topic: written in Kafka Connect's bytes, read to its end once that is decided. */
export class MemoryKafkaOffsetsLog {
  readonly topic: string;
  readonly #kafka: MemoryKafka;
  readonly #options: MemoryKafkaOffsetsLogOptions;

  constructor(kafka: MemoryKafka, options: MemoryKafkaOffsetsLogOptions) {
    this.topic = options.topic;
    this.#kafka = kafka;
    this.#options = options;
  }

  /** The topic's partitions; created when missing. */
  ensure(): readonly MemoryPartition[] {
    const { topic, partitionCount } = this.#options;
    this.#kafka.createTopic(topic, { partitions: partitionCount, replicationFactor: -1, configs: { 'cleanup.policy': 'compact' } });
    return this.#kafka.partitions(topic) ?? [];
  }

  /** Where a position's record goes. */
  partitionOf(connector: string, partition: JsonMap): MemoryPartition {
    const partitions = this.ensure();
    const found = partitions[partitionOfKey(offsetKey(connector, partition), partitions.length)];
    if (found === undefined) throw new TypeError('The offsets topic has no partitions.');
    return found;
  }

  append(producer: MemoryProducer, connector: string, position: SourcePosition, isTransactional: boolean): void {
    const { partition, offset } = position;
    const key = offsetKey(connector, partition);
    const value = offset === null ? null : Buffer.from(connectJson(offset));
    const record = { timestamp: this.#options.clock.now(), key, value, headers: [] };
    this.#kafka.append(producer, this.partitionOf(connector, partition), record, isTransactional);
  }

  /** For a connector that nobody runs. */
  appendPlainly(connector: string, position: SourcePosition): void {
    this.append(this.#kafka.plainProducer(), connector, position, false);
  }

  async positions(connector: string, signal: AbortSignal): Promise<readonly SourcePosition[]> {
    const newest = await this.#newest(connector, signal);
    return [...newest.values()].map(({ partition, value }) => ({ partition, offset: parseOffsetValue(value, connector) }));
  }

  /** The stored form of a partition and its offset; undefined when none is stored. */
  async find(connector: string, partition: JsonMap, signal: AbortSignal): Promise<SourcePosition | undefined> {
    const found = (await this.#newest(connector, signal)).get(canonicalJson(partition));
    return found === undefined ? undefined : { partition: found.partition, offset: parseOffsetValue(found.value, connector) };
  }

  async #newest(connector: string, signal: AbortSignal): Promise<Map<string, { readonly partition: JsonMap; readonly value: Buffer }>> {
    await this.#kafka.request(signal);
    const ends = new Map(this.ensure().map((log) => [log, log.endOffset]));
    await this.#untilStable(ends, signal);
    const newest = new Map<string, { readonly partition: JsonMap; readonly value: Buffer }>();
    for (const [log, end] of ends) {
      for (let offset = log.startOffset; offset < end; offset += 1n) {
        const { record } = log.next(offset, 'read_committed') ?? { record: null };
        const key = record?.key ? parseOffsetKey(record.key) : undefined;
        if (!record || key?.connector !== connector) continue;
        const name = canonicalJson(key.partition);
        if (record.value === null) newest.delete(name);
        else newest.set(name, { partition: key.partition, value: record.value });
      }
    }
    return newest;
  }

  async #untilStable(ends: ReadonlyMap<MemoryPartition, bigint>, signal: AbortSignal): Promise<void> {
    const { clock, stableDeadlineMs } = this.#options;
    const deadline = clock.monotonic() + stableDeadlineMs;
    while ([...ends].some(([log, end]) => log.stableOffset < end)) {
      if (clock.monotonic() >= deadline) {
        const message = `A transaction on "${this.topic}" is undecided after ${String(stableDeadlineMs)} ms. ${kafkaErrors.transaction_pending.hint}`;
        throw new RetriableError(kafkaErrors.transaction_pending.code, message);
      }
      await clock.sleep(stablePollMs, signal);
    }
  }
}

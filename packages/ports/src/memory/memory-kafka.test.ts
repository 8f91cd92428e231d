import { randomUUID } from 'node:crypto';
import { systemClock } from '@headrace/foundation';
import { kafkaContract } from '../contract/kafka/kafka-contract.ts';
import type { KafkaHarness } from '../contract/kafka/kafka-harness.ts';
import type { IncomingRecord, Isolation } from '../record-reader.ts';
import type { MemoryProducer } from './memory-kafka-partition.ts';
import { createMemoryKafkaPorts } from './memory-kafka-ports.ts';
import { MemoryKafka } from './memory-kafka.ts';

const offsetsTopic = 'offsets';

const readAll = (kafka: MemoryKafka, topic: string, isolation: Isolation): readonly IncomingRecord[] =>
  (kafka.partitions(topic) ?? []).flatMap((log) => {
    const records: IncomingRecord[] = [];
    for (let offset = log.startOffset; ; offset += 1n) {
      const next = log.next(offset, isolation);
      if (next === undefined) return records;
      if (next.record !== null) records.push(next.record);
    }
  });

const openHarness = (): Promise<KafkaHarness> => {
  const kafka = new MemoryKafka();
  const options = { clock: systemClock, offsetsTopic, offsetsTopicPartitions: 3, stableDeadlineMs: 200 };
  const producers = new Map<string, MemoryProducer>();
  return Promise.resolve({
    ports: createMemoryKafkaPorts(kafka, options),
    otherPorts: createMemoryKafkaPorts(kafka, options),
    offsetsTopic,
    name: (kind) => `${kind}-${randomUUID().slice(0, 8)}`,
    read: (topic, isolation) => Promise.resolve(readAll(kafka, topic, isolation)),
    begin: (transactionalId) => {
      const producer = producers.get(transactionalId) ?? kafka.initProducer(transactionalId);
      producers.set(transactionalId, producer);
      const end = (isCommit: boolean) => () => {
        kafka.endTransaction(transactionalId, producer, isCommit);
        return Promise.resolve();
      };
      return Promise.resolve({
        send: (topic, partition, entries) => {
          const log = kafka.partition({ topic, partition });
          if (log === undefined) throw new Error(`There is no partition ${String(partition)} of ${topic}.`);
          kafka.addPartitions(transactionalId, producer, [log]);
          const bytes = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text));
          for (const { key, value } of entries) {
            kafka.append(producer, log, { timestamp: 0, key: bytes(key), value: bytes(value), headers: [] }, true);
          }
          return Promise.resolve();
        },
        commit: end(true),
        abort: end(false),
      });
    },
    trim: (topic, partition, offset) => {
      kafka.partition({ topic, partition })?.trim(offset);
      return Promise.resolve();
    },
    deleteGroup: (group) => {
      kafka.deleteGroup(group);
      return Promise.resolve();
    },
    setOffset: (group, position) => {
      kafka.commitOffsets(group, [position]);
      return Promise.resolve();
    },
    join: (group) => {
      kafka.group(group).members.add('foreign');
      return Promise.resolve(() => {
        kafka.group(group).members.delete('foreign');
        return Promise.resolve();
      });
    },
    close: () => Promise.resolve(),
  });
};

kafkaContract('Kafka in memory', openHarness);

import { systemClock } from '@headrace/foundation';
import { kafkaContract } from '../contract/kafka/kafka-contract.ts';
import { createMemoryKafkaPorts } from './memory-kafka-ports.ts';
import { MemoryKafka } from './memory-kafka.ts';

kafkaContract('Kafka in memory', () => {
  const kafka = new MemoryKafka();
  const ports = createMemoryKafkaPorts(kafka, { clock: systemClock, offsetsTopic: 'offsets' });
  return Promise.resolve({
    ports,
    clock: systemClock,
    unique: (name) => name,
    transaction: (topic, values) => {
      const producer = kafka.initProducer('foreign');
      const partitions = kafka.partitions(topic)?.slice(0, 1) ?? [];
      kafka.addPartitions('foreign', producer, partitions);
      for (const partition of partitions) {
        for (const value of values) {
          kafka.append(producer, partition, { timestamp: 0, key: null, value: Buffer.from(value), headers: [] }, true);
        }
      }
      return Promise.resolve({
        end: (isCommit) => {
          kafka.endTransaction('foreign', producer, isCommit);
          return Promise.resolve();
        },
      });
    },
    forgetGroup: (group) => {
      kafka.deleteGroup(group);
      return Promise.resolve();
    },
    close: async () => {
      await ports[Symbol.asyncDispose]();
    },
  });
});

import { afterAll, beforeAll } from '@jest/globals';
import { kafkaContract } from '@headrace/ports/contract';
import { TestBroker } from './test-broker.ts';

let broker: TestBroker;

beforeAll(async () => {
  broker = await TestBroker.connect();
});
afterAll(() => broker[Symbol.asyncDispose]());

kafkaContract('Kafka on a broker', () => Promise.resolve(broker.cluster()));

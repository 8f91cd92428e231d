export { coordinationStoreContract, type CoordinationHarness } from './coordination-store-contract.ts';
export { kafkaContract } from './kafka/kafka-contract.ts';
export type { ForeignEntry, ForeignTransaction, KafkaHarness } from './kafka/kafka-harness.ts';

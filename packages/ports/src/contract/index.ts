export { coordinationStoreContract, type CoordinationHarness } from './coordination-store-contract.ts';
export type { KafkaCluster, UndecidedTransaction } from './kafka/kafka-cluster.ts';
export { kafkaContract } from './kafka/kafka-contract.ts';
export type { ForeignEntry, ForeignTransaction, KafkaHarness } from './kafka-harness.ts';
export { recordReaderContract } from './record-reader-contract.ts';
export { javaPlacements, recordWriterContract } from './record-writer-contract.ts';
export { sinkOffsetsContract } from './sink-offsets-contract.ts';
export { sourceOffsetsContract } from './source-offsets-contract.ts';
export { topicAdminContract } from './topic-admin-contract.ts';

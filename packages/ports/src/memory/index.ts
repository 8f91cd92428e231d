export { MemoryCoordination } from './memory-coordination.ts';
export { MemoryCoordinationStore } from './memory-coordination-store.ts';
export { MemoryKafka } from './memory-kafka.ts';
export { createMemoryKafkaPorts, type MemoryKafkaPortsOptions } from './memory-kafka-ports.ts';

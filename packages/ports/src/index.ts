export { compacted, coordinationErrors, leaseLost, unavailable } from './coordination-errors.ts';
export type {
  Change,
  ChangeSet,
  Comparison,
  CoordinationStore,
  Operation,
  Snapshot,
  StoredEntry,
  Transaction,
  TransactionResult,
} from './coordination-store.ts';
export {
  canonicalJson,
  connectJson,
  offsetKey,
  parseConnectJson,
  parseOffsetKey,
  parseOffsetValue,
  type OffsetKey,
} from './connect-offset-json.ts';
export { kafkaErrors, type KafkaCause } from './kafka-errors.ts';
export type { LeaseRenewal, LeaseToRenew, Moment, RenewLease } from './lease-renewal.ts';
export type { KafkaPorts } from './kafka-ports.ts';
export { murmur2, partitionOfKey } from './partition-of-key.ts';
export {
  incomingRecord,
  type IncomingHeader,
  type IncomingRecord,
  type Isolation,
  type RecordParts,
  type RecordReader,
  type RecordReaderOptions,
  type RecordReaders,
} from './record-reader.ts';
export {
  bytesIn,
  countRecords,
  isEncoded,
  toRecords,
  type Guarantee,
  type Outgoing,
  type OutgoingEncoded,
  type OutgoingHeader,
  type OutgoingRecord,
  type RecordWriter,
  type RecordWriterOptions,
  type RecordWriters,
  type TopicSettings,
} from './record-writer.ts';
export type { FoundOffset, SinkOffsets, SinkOffsetsOptions, SinkOffsetStores } from './sink-offsets.ts';
export type { SourceOffsets } from './source-offsets.ts';
export {
  isIdle,
  type TaskEvents,
  type TaskFailureReport,
  type TaskHandle,
  type TaskHost,
  type TaskSpec,
  type TaskStarter,
} from './task-host.ts';
export type { OffsetSpec, TopicAdmin } from './topic-admin.ts';

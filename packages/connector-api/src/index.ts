export {
  EncodedRecords,
  RecordPlaces,
  recordsIn,
  type AppendValue,
  type BinaryConverter,
  type BinaryForm,
  type OptionalTags,
  type RecordOutput,
  type ValueOutput,
  type WriteValue,
} from './binary-form.ts';
export type { Converter, ConverterPlugin, Encode, FieldChoice, SchemaAndValue } from './converter.ts';
export type { FieldReading, FieldTarget, ReadFields, StructTarget } from './field-reading.ts';
export { decimalFormat } from './json/decimal-format.ts';
export { doubleJson, ExactNumber, parseExact, rawNumber } from './json/exact-json.ts';
export { PayloadCodec, plainFromJson, plainToJson, type PayloadErrors, type PayloadOptions } from './json/json-payload.ts';
export {
  bytesOfUnscaled,
  decimalBytes,
  decimalSchema,
  decimalText,
  logicalNames,
  smallUnscaled,
  unscaledOfBytes,
} from './logical-types.ts';
export type { ConnectRecord, Header, JsonMap, JsonValue, SinkRecord, SourcePosition, SourceRecord } from './record.ts';
export {
  arrayOf,
  int64,
  mapOf,
  primitive,
  structOf,
  withOptional,
  type ArraySchema,
  type Field,
  type MapSchema,
  type PrimitiveSchema,
  type Schema,
  type SchemaOptions,
  type SchemaType,
  type StructSchema,
} from './schema.ts';
export {
  defineSinkConnector,
  type EncodedRecord,
  type EncodedBatch,
  type PartitionPosition,
  type PositionAlteration,
  type RecordReading,
  type SinkConnector,
  type SinkFlow,
  type SinkTask,
  type SinkTaskContext,
  type TargetCircuit,
  type TopicPartition,
} from './sink-connector.ts';
export {
  defineSourceConnector,
  type FusedHeaders,
  type FusedLane,
  type RecordLane,
  type SourceBatch,
  type SourceConnector,
  type SourceTask,
  type SourceTaskContext,
  type FeedRecord,
  type TopicFeed,
} from './source-connector.ts';
export type { ConnectorNotification, ConnectorSignal, DeliveredSignal, SignalInbox } from './operator-messages.ts';
export type { SnapshotStatus } from './snapshot-status.ts';
export type { TaskCondition } from './task-condition.ts';
export { Struct } from './struct.ts';
export { javaJson, javaText } from './java-text.ts';
export { javaDouble, javaFloat } from './java-number.ts';
export { parseValueText, valueText, type TypedValue } from './value-text.ts';
export { compareEpochs, type ConnectorContext, type OwnershipEpoch, type TaskContext, type TaskId } from './task-context.ts';
export type { Predicate, PredicatePlugin, Transform, TransformPlugin } from './transform.ts';
// What authors need of the foundation, so that this package is all they import.
export {
  ConfigError,
  defineConfig,
  FencedError,
  RecordError,
  RetriableError,
  TaskFailure,
  type Circuit,
  type CircuitState,
  type Clock,
  type ConfigKey,
  type ConfigKeys,
  type ConfigOf,
  type ConfigProblem,
  type Leave,
  type Logger,
  type Meter,
  type RawConfig,
} from '@headrace/foundation';

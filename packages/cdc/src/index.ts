export { cdcKeys, type CdcConfig, type CdcKeys } from './config/cdc-config.ts';
export { choice, count, optionalText, type Optional } from './config/option-kinds.ts';
export { checkPatternList, includeExclude, patternList, type Matcher } from './config/pattern-list.ts';
export { captureFilter, type CaptureFilter } from './config/table-filter.ts';
export { refuseUnsupported, unsupportedCdcOptions, type UnsupportedOption } from './config/unsupported-options.ts';
export { excludeEachOther, validateCdc } from './config/validate-cdc.ts';
export { maskColumn, type ColumnMask, type MaskedColumn, type MaskProblem } from './columns/column-mask.ts';
export { maskErrors, unmaskable } from './columns/mask-errors.ts';
export { columnRuleProblems, ColumnRules, type ColumnName, type SourceType } from './columns/column-rules.ts';
export { Envelope, envelopeOptions, isFusable, type EnvelopeOptions, type EventMeta, type Row } from './envelope.ts';
export { envelopeEnd, envelopeSchemas, type EnvelopeSchemas } from './envelope-schema.ts';
export { contextHeaders } from './event/context-headers.ts';
export { eventTime, type EventTime } from './event/event-time.ts';
export { heartbeatRecord } from './event/heartbeat.ts';
export { BatchBuilder, recordCount, type BatchLimits, type EncodedSide } from './fused/batch-builder.ts';
export { EventEnds, type EventOp } from './fused/event-ends.ts';
export { fragment } from './fused/fragment.ts';
export { KnownWriters } from './fused/known-writers.ts';
export { readUnscaled, writeUnscaled } from './fused/unscaled.ts';
export { nameAdjustment } from './event/name-adjustment.ts';
export { sameValue, sameValues } from './event/same-value.ts';
export { sourceBlockSchema, type SnapshotMarker } from './event/source-block.ts';
export {
  countsFromOffset,
  transactionBlockSchema,
  TransactionMetadata,
  type EventCounts,
  type EventOrder,
} from './event/transaction-metadata.ts';
export { transactionKeys, type TransactionKeys } from './config/transaction-keys.ts';
export { signalKeys, signalProblems, type SignalKeys } from './config/signal-keys.ts';
export {
  IncrementalSnapshot,
  type Chunk,
  type ChunkSource,
  type HaltingStream,
  type Unreadable,
  type WatchedChange,
  type WatchedTable,
} from './signal/incremental-snapshot.ts';
export { SignalDesk, type BlockingWish, type SignalTables } from './signal/signal-desk.ts';
export { Notifications, type Notification } from './signal/notifications.ts';
export { carriedOut, OperatorSignals } from './signal/operator-signals.ts';
export { namesTable, parseSignal, type ExecuteSnapshot, type Signal } from './signal/signal.ts';
export { signalOf, signalsOfText, takeSignalFile, type RawSignal } from './signal/signal-channel.ts';
export {
  afterIncrementalChunk,
  enqueue,
  incrementalFrom,
  incrementalKeys,
  nothingIncremental,
  withoutTables,
  type IncrementalState,
  type IncrementalTable,
} from './snapshot/incremental-state.ts';
export { Outage, type OutageOptions } from './outage.ts';
export { SourceGauges } from './progress/source-gauges.ts';
export type { RowCounts } from './progress/snapshot-tracker.ts';
export { selectOverrides, snapshotKeys, snapshotProblems, type SnapshotKeys } from './config/snapshot-keys.ts';
export {
  cutPiece,
  piecesFromJson,
  piecesToJson,
  wholeTables,
  type KeyTexts,
  type SnapshotPiece,
  type SnapshotPieces,
} from './snapshot/snapshot-pieces.ts';
export { configuredRules, snapshotModes, snapshotRules, type SnapshotFlags, type SnapshotRules } from './snapshot/snapshot-rules.ts';
export { SnapshotRun, type OpenPiece } from './snapshot/snapshot-run.ts';
export { rowKey, WatermarkWindow, windowKey } from './snapshot/watermark-window.ts';
export { columnSchemas, tablePath, type Column, type TableSchema } from './table-schema.ts';
export { dataTopic, heartbeatTopic, schemaChangeTopic, topicName, transactionTopic } from './topic-naming.ts';
export { binaryType, type BinaryMode, type BinaryType } from './types/binary-types.ts';
export { decimalType, variableDecimalType, variableScaleDecimalSchema, type DecimalMode, type DecimalType } from './types/decimal-types.ts';
export { civilFromDays, daysFromCivil, isoDateText, isoTimeText } from './types/iso-text.ts';
export { semantic } from './types/semantic.ts';
export {
  dateType,
  timestampType,
  timeType,
  zonedTimestampText,
  type DateType,
  type TimePrecisionMode,
  type TimestampType,
  type TimeType,
} from './types/temporal-types.ts';
export { typeNames } from './types/type-names.ts';

import type { TransformPlugin } from '@headrace/connector-api';
import { cast } from './fields/cast.ts';
import { extractField } from './fields/extract-field.ts';
import { flatten } from './fields/flatten.ts';
import { headerFrom } from './fields/header-from.ts';
import { hoistField } from './fields/hoist-field.ts';
import { insertField } from './fields/insert-field.ts';
import { maskField } from './fields/mask-field.ts';
import { replaceField } from './fields/replace-field.ts';
import { setSchemaMetadata } from './fields/set-schema-metadata.ts';
import { timestampConverter } from './fields/timestamp-converter.ts';
import { dropHeaders } from './record/drop-headers.ts';
import { filter } from './record/filter.ts';
import { insertHeader } from './record/insert-header.ts';
import { regexRouter } from './record/regex-router.ts';
import { timestampRouter } from './record/timestamp-router.ts';
import { valueToKey } from './record/value-to-key.ts';
import { byLogicalTableRouter } from './debezium/by-logical-table-router.ts';
import { eventRouter } from './debezium/event-router.ts';
import { extractChangedRecordState } from './debezium/extract-changed-record-state.ts';
import { extractNewRecordState } from './debezium/extract-new-record-state.ts';
import { headerToValue } from './debezium/header-to-value.ts';
import { partitionRouting } from './debezium/partition-routing.ts';
import { schemaChangeEventFilter } from './debezium/schema-change-event-filter.ts';
import { timezoneConverter } from './debezium/timezone-converter.ts';
import { contentBasedRouter, contentFilter } from './scripting/scripted-transforms.ts';

/** Every transform, for the composition root. */
export const transforms: readonly TransformPlugin[] = [
  byLogicalTableRouter,
  contentBasedRouter,
  contentFilter,
  eventRouter,
  extractChangedRecordState,
  extractNewRecordState,
  headerToValue,
  partitionRouting,
  schemaChangeEventFilter,
  timezoneConverter,
  ...cast,
  dropHeaders,
  ...extractField,
  filter,
  ...flatten,
  ...headerFrom,
  ...hoistField,
  ...insertField,
  insertHeader,
  ...maskField,
  regexRouter,
  ...replaceField,
  ...setSchemaMetadata,
  ...timestampConverter,
  timestampRouter,
  valueToKey,
];

import { randomUUID } from 'node:crypto';
import type { FusedLane, Header, SourceTaskContext } from '@headrace/connector-api';
import {
  type BatchLimits,
  type BinaryMode,
  captureFilter,
  ColumnRules,
  configuredRules,
  contextHeaders,
  type DecimalMode,
  envelopeOptions,
  includeExclude,
  isFusable,
  Notifications,
  selectOverrides,
  type SnapshotRules,
  SourceGauges,
  type TimePrecisionMode,
} from '@headrace/cdc';
import type { PostgresConfig } from '../config.ts';
import { reselectRules } from '../reselect/reselect-rules.ts';
import { postgresSourceSchema } from '../tables/source-block.ts';
import { tableFilter, type TableFilter } from '../tables/table-filter.ts';
import { TableRegistry } from '../tables/table-registry.ts';
import type { TypeSettings } from '../types/column-type.ts';

/** What stays the same over all runs of a task: options in the form the parts want them, and the known table versions. */
export interface CaptureSettings {
  readonly config: PostgresConfig;
  readonly context: SourceTaskContext;
  readonly isCaptured: TableFilter;
  /** Of those captured, what the snapshot reads. */
  readonly isInSnapshot: (path: string) => boolean;
  readonly registry: TableRegistry;
  readonly notifications: Notifications;
  readonly gauges: SourceGauges;
  /** Id of this run's own notifications. */
  readonly runId: string;
  readonly limits: BatchLimits;
  /** Bytes a connection may hold unread. */
  readonly bufferBytes: number;
  /** What snapshot.mode asks for. */
  readonly rules: SnapshotRules;
  /** Statements that select a table's rows for the snapshot, by path. */
  readonly selects: ReadonlyMap<string, string>;
  /** Whether acknowledged positions go to the slot. */
  readonly confirmsSlot: boolean;
  /** Left out: an option asks for something that only objects can be given. */
  readonly fused: FusedLane | undefined;
  /** Context headers of all records. */
  readonly headers: readonly Header[];
}

const DEFAULT_BUFFER_BYTES = 2 * 1_024 * 1_024;
const BATCH_BYTES = 1_024 * 1_024;

export const captureSettings = (config: PostgresConfig, context: SourceTaskContext): CaptureSettings => {
  const filter = captureFilter(config);
  const runId = randomUUID();
  const headers = contextHeaders(config, context.id, 'postgresql', runId);
  const envelopes = envelopeOptions(config, postgresSourceSchema, headers);
  const bufferBytes = config['max.queue.size.in.bytes'] === 0 ? DEFAULT_BUFFER_BYTES : config['max.queue.size.in.bytes'];
  return {
    config,
    context,
    isCaptured: tableFilter(config, filter, includeExclude(config['schema.include.list'], config['schema.exclude.list'])),
    isInSnapshot: (path) => filter.isInSnapshot(path),
    registry: new TableRegistry({
      config,
      filter,
      rules: new ColumnRules(context.settings),
      types: typeSettings(config),
      envelopes,
      reselect: reselectRules(context.settings),
      log: context.log,
    }),
    notifications: new Notifications({
      channels: new Set(config['notification.enabled.channels'].map((channel) => channel.toLowerCase())),
      topic: config['notification.sink.topic.name'],
      server: config['topic.prefix'],
      log: context.log,
      now: () => context.clock.now(),
      ...(context.notify === undefined ? {} : { notify: (notification) => context.notify?.(notification) }),
    }),
    gauges: new SourceGauges(context, { source: 'postgres', plugin: 'postgres', server: config['topic.prefix'] }),
    runId,
    limits: { records: config['max.batch.size'], bytes: Math.min(BATCH_BYTES, bufferBytes) },
    bufferBytes,
    rules: configuredRules(config),
    selects: selectOverrides(context.settings),
    confirmsSlot: config['flush.lsn.source'] && config['lsn.flush.mode'].toLowerCase() !== 'manual',
    fused: isFusable(envelopes) ? context.fused : undefined,
    headers,
  };
};

const typeSettings = (config: PostgresConfig): TypeSettings => ({
  decimals: config['decimal.handling.mode'].toLowerCase() as DecimalMode,
  binary: config['binary.handling.mode'].toLowerCase() as BinaryMode,
  time: config['time.precision.mode'].toLowerCase() as TimePrecisionMode,
  interval: config['interval.handling.mode'].toLowerCase(),
  hstore: config['hstore.handling.mode'].toLowerCase(),
  moneyDigits: config['money.fraction.digits'],
  placeholder: placeholderBytes(config['unavailable.value.placeholder']),
  includesUnknown: config['include.unknown.datatypes'],
});

const placeholderBytes = (text: string): Buffer =>
  text.startsWith('hex:') ? Buffer.from(text.slice(4), 'hex') : Buffer.from(text, 'utf8');

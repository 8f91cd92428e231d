import type { SourceTaskContext } from '@headrace/connector-api';
import {
  captureFilter,
  ColumnRules,
  contextHeaders,
  envelopeOptions,
  includeExclude,
  isFusable,
  schemaChangeTopic,
  SourceGauges,
  type BinaryMode,
  type DecimalMode,
  type EnvelopeOptions,
  type TimePrecisionMode,
} from '@headrace/cdc';
import { randomUUID } from 'node:crypto';
import type { TypeOptions } from './columns/sql-column.ts';
import type { MysqlConfig } from './config.ts';
import type { Dialect } from './dialect.ts';
import { SchemaChangeRecords } from './ddl/schema-change.ts';
import { SchemaChanges } from './ddl/schema-changes.ts';
import { FusedTables } from './fused/fused-tables.ts';
import { SourceBlocks } from './source-block.ts';
import { ChangeBatch } from './streaming/change-batch.ts';
import type { CaptureOptions } from './tables/captured-table.ts';
import { readCatalogTable, readCollations, type RunQuery } from './tables/catalog.ts';
import { TableMemory } from './tables/table-memory.ts';
import { TableSchemas, type LoadTable } from './tables/table-schemas.ts';

/** What snapshot and streaming of one task share. */
export interface CaptureSetup {
  readonly schemas: TableSchemas;
  readonly memory: TableMemory;
  readonly source: SourceBlocks;
  readonly query: RunQuery;
  readonly gauges: SourceGauges;
  /** Left out: records are objects, because transforms look at them or an option asks for what only objects can be given. */
  readonly fused: FusedTables | undefined;
  /** What records are put into, of the snapshot and of the log alike. */
  readonly batch: ChangeBatch;
  /** Left out: schema changes are not told. */
  readonly schemaChanges: SchemaChanges | undefined;
}

const typeOptions = (config: MysqlConfig): TypeOptions => ({
  decimals: config['decimal.handling.mode'].toLowerCase() as DecimalMode,
  binary: config['binary.handling.mode'].toLowerCase() as BinaryMode,
  time: config['time.precision.mode'].toLowerCase() as TimePrecisionMode,
  isUnsignedBigintPrecise: config['bigint.unsigned.handling.mode'].toLowerCase() === 'precise',
  adjustsYears: config['enable.time.adjuster'],
});

/** `query` is asked now, and again whenever a table is new or has changed. */
export const setUpCapture = async (
  config: MysqlConfig,
  dialect: Dialect,
  context: SourceTaskContext,
  query: RunQuery,
): Promise<CaptureSetup> => {
  const headers = contextHeaders(config, context.id, dialect.name, randomUUID());
  // The log has it as one operation.
  const envelope: EnvelopeOptions = { ...envelopeOptions(config, dialect.source, headers), keyChange: 'update' };
  const capture: CaptureOptions = {
    config,
    filter: captureFilter(config),
    rules: new ColumnRules(context.settings),
    types: typeOptions(config),
    envelope,
    log: context.log,
  };
  const collations = await readCollations(query, dialect);
  const isDatabaseIncluded = includeExclude(config['database.include.list'], config['database.exclude.list']);
  const load: LoadTable = (name) => readCatalogTable(query, dialect, name);
  const memory = new TableMemory({ server: config['topic.prefix'], position: (partition) => context.position(partition) });
  const schemas = new TableSchemas({ capture, isDatabaseIncluded, collations, hasCharset: dialect.hasCharset, load, memory });
  const source = new SourceBlocks(dialect, config['headrace.reported.version'], config['topic.prefix']);
  const fused = context.fused === undefined || !isFusable(envelope) ? undefined : new FusedTables(context.fused, source, headers);
  const batch = new ChangeBatch(config, fused);
  const records = new SchemaChangeRecords(dialect, schemaChangeTopic(config), headers);
  const now = (): number => context.clock.now();
  const schemaChanges = config['include.schema.changes']
    ? new SchemaChanges({ schemas, source, query, dialect, records, withComments: config['include.schema.comments'], now })
    : undefined;
  const gauges = new SourceGauges(context, { source: 'mysql', plugin: dialect.name, server: config['topic.prefix'] });
  return { schemas, memory, source, query, gauges, fused, batch, schemaChanges };
};

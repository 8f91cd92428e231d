import { randomBytes } from 'node:crypto';
import { isSnapshotDone, startSnapshot, type SnapshotProgress } from '@headrace/cdc';
import type { Client } from 'pg';
import { describeTables, describeTypes, publishedTables, type CatalogTable } from '../catalog.ts';
import { applicationName, createSlot, dropSlot, mainSlot, type CreatedSlot, type SlotState } from '../slot.ts';
import { enterSnapshot, SnapshotReader, type SnapshotTable } from '../snapshot.ts';
import { SourceBlocks } from '../tables/source-block.ts';
import { connect, query } from '../wire/connection.ts';
import type { CaptureSettings } from './capture-settings.ts';
import { snapshotOffset, type SnapshotPoint } from './offset.ts';
import { streamStart, type OpenedCapture } from './opened-capture.ts';
import type { StartPlan } from './start-plan.ts';

type SnapshotPlan = Extract<StartPlan, { kind: 'snapshot' }>;

/**
 * Fixes the place of the snapshot and opens a reader at it. An open stream is told to stop there; otherwise streaming will
 * start there.
 */
export const openSnapshot = async (
  settings: CaptureSettings,
  opened: OpenedCapture,
  plan: SnapshotPlan,
  now: { readonly slot: SlotState | null; readonly signal: AbortSignal },
): Promise<void> => {
  const { config, context } = settings;
  const client = await connect({ config, applicationName: `${applicationName(context)} snapshot` }, now.signal);
  opened.resources.defer(() => client.end().catch(() => undefined));
  const { consistentLsn } = await importSnapshot(settings, opened, plan, { client, ...now });
  const point = await snapshotPoint(client, consistentLsn);
  const tables = await snapshotTables(settings, client);
  const progress = plan.progress ?? startSnapshot(tables.map((entry) => entry.table.path));
  context.log.info('Snapshot starts.', { tables: progress.remaining.length, lsn: consistentLsn });
  if (opened.reader === undefined) opened.from = streamStart(consistentLsn);
  else {
    opened.reader.progress = progress;
    opened.reader.stopAt(consistentLsn);
  }
  opened.snapshot = opened.resources.use(
    new SnapshotReader(client, {
      clock: context.clock,
      bufferBytes: settings.bufferBytes,
      point,
      tables,
      progress,
      // Its own: a stream that catches up meanwhile has its transactions in the other.
      sources: new SourceBlocks(config, config['database.dbname']),
      server: config['topic.prefix'],
      fetchSize: config['snapshot.fetch.size'],
      limits: settings.limits,
      offsetOf: (reached: SnapshotProgress) => snapshotOffset(point, isSnapshotDone(reached) ? null : reached),
      relax: (table) => settings.registry.relax(table),
    }),
  );
};

interface ImportCircumstances {
  readonly client: Client;
  readonly slot: SlotState | null;
  readonly signal: AbortSignal;
}

/** The exporting session is needed only until the snapshot is imported; a temporary slot goes with it. */
const importSnapshot = async (
  settings: CaptureSettings,
  opened: OpenedCapture,
  plan: SnapshotPlan,
  now: ImportCircumstances,
): Promise<CreatedSlot> => {
  const { config, context } = settings;
  const replication = await connect({ config, applicationName: `${applicationName(context)} export`, isReplication: true }, now.signal);
  try {
    context.log.info('Waiting for the place of the snapshot: transactions that run now have to end first.');
    if (plan.slot === 'create' && now.slot !== null) await dropSlot(opened.client, config['slot.name']);
    const created =
      plan.slot === 'create'
        ? await createSlot(replication, mainSlot(config), now.signal)
        : await createSlot(replication, { name: `headrace_${randomBytes(8).toString('hex')}`, kind: 'temporary' }, now.signal);
    await enterSnapshot(now.client, created.snapshotName);
    return created;
  } finally {
    await replication.end();
  }
};

const POINT = `
  SELECT (txid_snapshot_xmin(txid_current_snapshot()) & 4294967295)::float8 AS xid,
         trunc(extract(epoch FROM clock_timestamp()) * 1000000)::float8 AS micros`;

const snapshotPoint = async (client: Client, lsn: number): Promise<SnapshotPoint> => {
  const [row] = await query<{ readonly xid: number; readonly micros: number }>(client, POINT);
  return { lsn, xid: row?.xid ?? null, timeMicros: row?.micros ?? 0 };
};

const snapshotTables = async (settings: CaptureSettings, client: Client): Promise<readonly SnapshotTable[]> => {
  const published = await publishedTables(client, settings.config['publication.name']);
  const captured = published.filter(({ schema, name }) => settings.isCaptured(schema, name) && settings.isInSnapshot(`${schema}.${name}`));
  const tables = await describeTables(client, captured);
  const typeIds = new Set(tables.flatMap((table) => table.columns.map((column) => column.typeId)));
  const types = await describeTypes(client, [...typeIds]);
  return tables.map((table) => {
    const version = settings.registry.fromCatalog(table, types);
    const selected = new Set(version.columns.map((column) => column.name));
    return { table: version, pageKey: pageKey(table, selected), isPartitioned: table.isPartitioned };
  });
};

/** The first unique key that has no nulls and is selected as a whole. */
const pageKey = (table: CatalogTable, selected: ReadonlySet<string>): readonly string[] => {
  const isRequired = new Map(table.columns.map((column) => [column.name, column.isRequired]));
  return table.keys.find((key) => key.columns.every((name) => selected.has(name) && isRequired.get(name) === true))?.columns ?? [];
};

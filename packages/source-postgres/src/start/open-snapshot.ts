import { randomBytes } from 'node:crypto';
import { wholeTables, type SnapshotPiece, type SnapshotPieces } from '@headrace/cdc';
import { systemCode, TaskFailure } from '@headrace/foundation';
import type { Client } from 'pg';
import { errors } from '../errors.ts';
import { applicationName, createSlot, dropSlot, mainSlot, type CreatedSlot, type SlotState } from '../slot.ts';
import { FusedRows } from '../fused/fused-rows.ts';
import { FusedTables } from '../fused/fused-tables.ts';
import { cutTable } from '../snapshot/cut-table.ts';
import { SnapshotReader } from '../snapshot/snapshot-reader.ts';
import type { SnapshotTable } from '../snapshot/snapshot-table.ts';
import { SourceBlocks } from '../tables/source-block.ts';
import { connect, query, quoteName, quoteText } from '../wire/connection.ts';
import { queryFailure } from '../wire/server-failure.ts';
import type { CaptureSettings } from './capture-settings.ts';
import { snapshotOffset, type SnapshotPoint, type SnapshotState } from './offset.ts';
import { streamStart, type OpenedCapture } from './opened-capture.ts';
import { estimatedRows } from './row-estimates.ts';
import { snapshotTables } from './snapshot-tables.ts';

export interface SnapshotWish {
  /** What becomes of the slot: create (one that is there is dropped first), keep, or none needed. */
  readonly slot: 'create' | 'keep' | 'none';
  /** null: all tables from their beginning. */
  readonly state: SnapshotState | null;
}

export interface SnapshotCircumstances {
  readonly slot: SlotState | null;
  readonly signal: AbortSignal;
}

/**
 * Fixes the place of the snapshot and opens a reader at it. An open stream is told to stop there; otherwise streaming will
 * start there.
 */
export const openSnapshot = async (
  settings: CaptureSettings,
  opened: OpenedCapture,
  wish: SnapshotWish,
  now: SnapshotCircumstances,
): Promise<void> => {
  const { config, context } = settings;
  if (wish.state === null && config['snapshot.delay.ms'] > 0) await context.clock.sleep(config['snapshot.delay.ms'], now.signal);
  const clients = await openClients(settings, opened, now.signal);
  const [client] = clients;
  const { consistentLsn } = await importSnapshot(settings, opened, wish, { clients, ...now });
  const point = await snapshotPoint(client, consistentLsn);
  const tables = await snapshotTables(settings, client, wish.state);
  if (config['snapshot.locking.mode'].toLowerCase() === 'shared') await lockTables(client, tables, config['snapshot.lock.timeout.ms']);
  const state = wish.state ?? { kind: 'INITIAL', pieces: wholeTables(tables.map((entry) => entry.table.path)), selects: {} };
  await announce(settings, opened.client, tables, state);
  context.log.info('Snapshot starts.', { tables: tables.length, lsn: consistentLsn, kind: state.kind });
  if (opened.reader === undefined) opened.from = streamStart(consistentLsn);
  else {
    opened.reader.progress = state;
    opened.reader.stopAt(consistentLsn);
  }
  // Its own: a stream that catches up meanwhile has its transactions in the other.
  const sources = new SourceBlocks(config, config['database.dbname']);
  const fused = settings.fused === undefined ? undefined : new FusedRows(new FusedTables(settings.fused, sources, settings.headers));
  opened.snapshot = opened.resources.use(
    new SnapshotReader(clients, {
      clock: context.clock,
      bufferBytes: settings.bufferBytes,
      point,
      tables,
      progress: state.pieces,
      sources,
      server: config['topic.prefix'],
      fetchSize: config['snapshot.fetch.size'],
      limits: settings.limits,
      cut: cutterOf(settings, opened.client),
      scanned: state.scanned ?? {},
      offsetOf: (pieces, scanned) => snapshotOffset(point, pieces.length === 0 ? null : { ...state, pieces, scanned }),
      relax: (table) => settings.registry.relax(table),
      onTableDone: (path, rows) => {
        settings.notifications.tellTableDone(settings.runId, path, rows);
      },
      ...(fused === undefined ? {} : { fused }),
    }),
  );
};

const openClients = async (
  { config, context }: CaptureSettings,
  opened: OpenedCapture,
  signal: AbortSignal,
): Promise<readonly [Client, ...Client[]]> => {
  const open = async (): Promise<Client> => {
    const client = await connect({ config, applicationName: `${applicationName(context)} snapshot` }, signal);
    opened.resources.defer(() => client.end().catch(() => undefined));
    return client;
  };
  const others = Array.from({ length: config['snapshot.max.threads'] - 1 }, open);
  return [await open(), ...(await Promise.all(others))];
};

const announce = async (
  { gauges, notifications, runId }: CaptureSettings,
  client: Client,
  tables: readonly SnapshotTable[],
  state: SnapshotState,
): Promise<void> => {
  const sizes = await estimatedRows(
    client,
    tables.map(({ table, override }) => ({ id: table.plan.relationId, schema: table.schema, name: table.name, select: override })),
  );
  gauges.snapshotBegins(state.kind === 'BLOCKING' ? 'blocking' : 'initial', sizes, state.scanned ?? {});
  notifications.tell({ id: runId, aggregate: 'Initial Snapshot', type: 'STARTED' });
};

type Cut = (entry: SnapshotTable, piece: SnapshotPiece) => Promise<SnapshotPieces>;

const cutterOf = ({ config }: CaptureSettings, client: Client): Cut => {
  const threads = config['snapshot.max.threads'];
  const parts = threads === 1 || config['legacy.snapshot.max.threads'] ? 1 : threads * config['snapshot.max.threads.multiplier'];
  return (entry, piece) => cutTable(client, entry, piece, parts);
};

interface ImportCircumstances extends SnapshotCircumstances {
  readonly clients: readonly Client[];
}

/** The exporting session is needed only until the snapshot is imported; a temporary slot goes with it. */
const importSnapshot = async (
  settings: CaptureSettings,
  opened: OpenedCapture,
  wish: SnapshotWish,
  now: ImportCircumstances,
): Promise<CreatedSlot> => {
  const { config, context } = settings;
  const replication = await connect({ config, applicationName: `${applicationName(context)} export`, isReplication: true }, now.signal);
  try {
    context.log.info('Waiting for the place of the snapshot: transactions that run now have to end first.');
    if (wish.slot === 'create' && now.slot !== null) await dropSlot(opened.client, config['slot.name']);
    const created =
      wish.slot === 'create'
        ? await createSlot(replication, mainSlot(config), now.signal)
        : await createSlot(replication, { name: `headrace_${randomBytes(8).toString('hex')}`, kind: 'temporary' }, now.signal);
    for (const client of now.clients) await enterSnapshot(client, created.snapshotName);
    return created;
  } finally {
    await replication.end();
  }
};

/** Opens a transaction under an exported snapshot. Once it is open, the exporting session may go on. */
const enterSnapshot = async (client: Client, snapshotName: string): Promise<void> => {
  await query(client, 'BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await query(client, `SET TRANSACTION SNAPSHOT ${quoteText(snapshotName)}`);
};

/** The weakest lock there is: it keeps others from altering the tables until they are read. */
const lockTables = async (client: Client, tables: readonly SnapshotTable[], timeoutMs: number): Promise<void> => {
  await query(client, `SET LOCAL lock_timeout = ${String(timeoutMs)}`);
  for (const { table } of tables) {
    try {
      await client.query(`LOCK TABLE ${quoteName(table.schema)}.${quoteName(table.name)} IN ACCESS SHARE MODE`);
    } catch (error) {
      if (systemCode(error) !== LOCK_NOT_AVAILABLE) throw queryFailure(error);
      const message = `Table ${table.path} is locked by another session, for longer than ${String(timeoutMs)} ms.`;
      throw new TaskFailure(errors.table_locked.code, `${message} ${errors.table_locked.hint}`, { cause: error });
    }
  }
};

const LOCK_NOT_AVAILABLE = '55P03';

const POINT = `
  SELECT (txid_snapshot_xmin(txid_current_snapshot()) & 4294967295)::float8 AS xid,
         trunc(extract(epoch FROM clock_timestamp()) * 1000000)::float8 AS micros`;

const snapshotPoint = async (client: Client, lsn: number): Promise<SnapshotPoint> => {
  const [row] = await query<{ readonly xid: number; readonly micros: number }>(client, POINT);
  return { lsn, xid: row?.xid ?? null, timeMicros: row?.micros ?? 0 };
};

import type { SourceTaskContext } from '@headrace/connector-api';
import { selectOverrides, wholeTables, type SnapshotPieces } from '@headrace/cdc';
import type { CaptureSetup } from '../capture-setup.ts';
import type { MysqlConfig } from '../config.ts';
import type { ServerPosition } from '../connection/server-checks.ts';
import type { Dialect } from '../dialect.ts';
import type { LogCapture } from '../streaming/log-capture.ts';
import type { ResumePoint } from '../streaming/log-position.ts';
import type { CapturedTable } from '../tables/captured-table.ts';
import { estimatedRows } from '../tables/catalog.ts';
import { openConsistentPoint, type ConsistentPoint } from './consistent-point.ts';
import { SnapshotPhase } from './snapshot-phase.ts';
import { snapshotTables } from './snapshot-tables.ts';
import { Snapshot } from './snapshot.ts';
import type { InterruptedSnapshot, UnfinishedSnapshot } from './unfinished-snapshot.ts';

export interface SnapshotGround {
  readonly config: MysqlConfig;
  readonly dialect: Dialect;
  readonly context: SourceTaskContext;
  readonly setup: CaptureSetup;
  readonly onTableDone: (path: string, rows: number) => void;
  /** Reads the log from one place up to another. */
  readonly capture: (from: ResumePoint, until: ServerPosition) => LogCapture;
}

/** Takes the view that the snapshot reads, finds its tables and, where it goes on with another one, opens the log. */
export const openSnapshot = async (
  ground: SnapshotGround,
  interrupted: InterruptedSnapshot | null,
  signal: AbortSignal,
): Promise<SnapshotPhase> => {
  const { config, context, setup } = ground;
  const delay = config['snapshot.delay.ms'];
  if (delay > 0) await context.clock.sleep(delay, signal);
  const point = await openConsistentPoint(config, ground.dialect, signal);
  const catchUp = interrupted === null ? undefined : ground.capture(interrupted.from, point.position);
  try {
    const tables = await snapshotTables(config, setup);
    await catchUp?.open(signal);
    logBegin(ground, point, { tables: tables.length, resumed: interrupted !== null });
    if (interrupted === null) await tellTables(ground, tables, point.position);
    const snapshot = await beginSnapshot(ground, point, tables, interrupted ?? FRESH);
    return new SnapshotPhase(snapshot, catchUp, interrupted);
  } catch (error) {
    catchUp?.[Symbol.dispose]();
    for (const socket of point.sockets) socket[Symbol.dispose]();
    throw error;
  }
};

const FRESH: UnfinishedSnapshot = { kind: 'INITIAL', pieces: undefined, selects: {} };

const beginSnapshot = async (
  { config, context, setup, onTableDone }: SnapshotGround,
  point: ConsistentPoint,
  tables: readonly CapturedTable[],
  state: UnfinishedSnapshot,
): Promise<Snapshot> => {
  const { kind, pieces = wholeTables(tables.map(({ path }) => path)), scanned = {} } = state;
  const selects = { ...Object.fromEntries(selectOverrides(context.settings)), ...state.selects };
  await beginGauges(setup, { kind, pieces, selects, scanned });
  return new Snapshot({
    point,
    tables,
    pieces,
    source: setup.source,
    fused: setup.fused,
    selects,
    scanned,
    onTableDone,
    pieceRows: config['snapshot.fetch.size'],
    keepsTables: config['legacy.snapshot.max.threads'],
    batch: setup.batch,
    nowMs: context.clock.now(),
  });
};

const beginGauges = async (
  { query, gauges }: CaptureSetup,
  { kind, pieces, selects, scanned }: Required<UnfinishedSnapshot> & { readonly pieces: SnapshotPieces },
): Promise<void> => {
  const remaining = new Set(pieces.map(({ table }) => table));
  const paths = [...new Set([...Object.keys(scanned), ...remaining])];
  const rows = await estimatedRows(query, new Map(paths.map((path) => [path, selects[path] ?? null])));
  const expected = Object.fromEntries(paths.map((path) => [path, rows[path] ?? 0]));
  gauges.snapshotBegins(kind === 'BLOCKING' ? 'blocking' : 'initial', expected, scanned, remaining.size);
};

const logBegin = (
  { config, context: { log } }: SnapshotGround,
  { position: { file, position }, sockets: { length: connections } }: ConsistentPoint,
  what: { readonly tables: number; readonly resumed: boolean },
): void => {
  log.info('Snapshot begins.', { ...what, file, position, connections });
  const wanted = config['snapshot.max.threads'];
  if (connections < wanted) log.warn('Fewer connections read than snapshot.max.threads says: no lock may be had.', { connections, wanted });
};

/** The tables of a snapshot go ahead of its rows. */
const tellTables = async (
  { context, setup }: SnapshotGround,
  tables: readonly CapturedTable[],
  { file, position }: ServerPosition,
): Promise<void> => {
  const timeUs = context.clock.now() * 1_000;
  const place = { timeUs, serverId: 0, gtid: null, file, position, thread: null, query: null, marker: 'true' } as const;
  setup.batch.objects().push(...((await setup.schemaChanges?.ofSnapshot(tables, place)) ?? []));
};

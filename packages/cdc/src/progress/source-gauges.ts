import type { SnapshotStatus, SourceTaskContext } from '@headrace/connector-api';
import type { IncrementalState } from '../snapshot/incremental-state.ts';
import { DebeziumMetrics } from './debezium-metrics.ts';
import { SnapshotTracker, type RowCounts } from './snapshot-tracker.ts';

/** How often the progress of a snapshot is told, beside its beginning and end. */
const TELL_MS = 1_000;
const STREAM_MS = 500;

/** What operators see of a connector: metrics, and how far a snapshot is in the task's status. */
export class SourceGauges {
  readonly #context: Pick<SourceTaskContext, 'clock' | 'id' | 'meter' | 'tellSnapshot'>;
  readonly #source: string;
  readonly #labels: Readonly<Record<string, string>>;
  readonly #debezium: DebeziumMetrics;
  #tracker: SnapshotTracker | undefined;
  #expected: Record<string, number> = {};
  #scanned: Record<string, number> = {};
  #tables = 0;
  #toldAt = Number.NEGATIVE_INFINITY;
  #incremental: SnapshotTracker | undefined;
  #streamedAt = Number.NEGATIVE_INFINITY;

  /** `source`: the first part of its metrics' names; `plugin`: Debezium's name for the connector, `server`: topic.prefix. */
  constructor(
    context: Pick<SourceTaskContext, 'clock' | 'id' | 'meter' | 'tellSnapshot'>,
    { source, plugin, server }: { readonly source: string; readonly plugin: string; readonly server: string },
  ) {
    this.#context = context;
    this.#source = source;
    this.#labels = { connector: context.id.connector, task: String(context.id.task) };
    this.#debezium = new DebeziumMetrics(context.meter, { plugin, name: server });
  }

  /** `expected`: the server's estimates; `scanned`: what earlier runs handed out; `remainingTables`: all, where left out. */
  snapshotBegins(kind: 'initial' | 'blocking', expected: RowCounts, scanned: RowCounts, remainingTables?: number): void {
    this.#tracker = new SnapshotTracker(this.#context.clock, kind, scanned);
    this.#expected = { ...expected };
    this.#tables = Object.keys(expected).length;
    this.#toldAt = Number.NEGATIVE_INFINITY;
    this.snapshotRead(scanned, remainingTables ?? this.#tables);
  }

  /** `scanned`: all that is handed out by now. */
  snapshotRead(scanned: RowCounts, remainingTables: number): void {
    if (this.#tracker === undefined) return;
    const state = remainingTables === 0 ? 'COMPLETED' : 'RUNNING';
    if (state === 'RUNNING' && !this.#isDue()) return;
    const seen = { state, scanned, expected: this.#expected, tables: this.#tables, remainingTables } as const;
    this.#tell(this.#tracker, this.#tracker.at(seen), scanned);
  }

  /** `done`: a table whose end was reached, with its rows. */
  incremental(state: IncrementalState, done?: { readonly path: string; readonly rows: number }): void {
    const isOver = state.tables.length === 0;
    if (this.#incremental === undefined) {
      if (isOver) return;
      this.#scanned = {};
      this.#expected = {};
      this.#incremental = new SnapshotTracker(this.#context.clock, 'incremental', rowsOf(state));
      this.#toldAt = Number.NEGATIVE_INFINITY;
    }
    for (const { path, expected } of state.tables) this.#expected[path] = expected ?? 0;
    Object.assign(this.#scanned, rowsOf(state), done === undefined ? {} : { [done.path]: done.rows });
    const ended = done === undefined ? 'ABORTED' : 'COMPLETED';
    const now = isOver ? ended : state.isPaused ? 'PAUSED' : 'RUNNING';
    if (now === 'RUNNING' && !this.#isDue()) return;
    const tracker = this.#incremental;
    const tables = Object.keys(this.#scanned).length;
    const remainingTables = new Set(state.tables.map(({ path }) => path)).size;
    this.#tell(
      tracker,
      tracker.at({ state: now, scanned: this.#scanned, expected: this.#expected, tables, remainingTables }),
      this.#scanned,
    );
    if (isOver) this.#incremental = undefined;
  }

  /** `behindMs`: from the commit of what was told to now. */
  streamed(behindMs: number, transactions: number): void {
    const now = this.#context.clock.monotonic();
    if (now - this.#streamedAt < STREAM_MS) return;
    this.#streamedAt = now;
    this.#debezium.streaming('Connected', 1);
    this.#debezium.streaming('MilliSecondsBehindSource', Math.max(0, Math.round(behindMs)));
    this.#debezium.streaming('NumberOfCommittedTransactions', transactions);
  }

  disconnected(): void {
    this.#debezium.streaming('Connected', 0);
  }

  /** A metric of this source alone. */
  set(name: string, value: number): void {
    this.#context.meter.set(`headrace_${this.#source}_${name}`, value, this.#labels);
  }

  #isDue(): boolean {
    const now = this.#context.clock.monotonic();
    if (now - this.#toldAt < TELL_MS) return false;
    this.#toldAt = now;
    return true;
  }

  #tell(tracker: SnapshotTracker, status: SnapshotStatus, scanned: RowCounts): void {
    this.#context.tellSnapshot?.(status);
    this.#debezium.snapshot(status, tracker.seconds, scanned);
    this.set('snapshot_tables', status.tables);
    this.set('snapshot_tables_remaining', status.remainingTables);
    this.set('snapshot_rows', status.rows);
    this.set('snapshot_rows_expected', status.expectedRows ?? 0);
    this.set('snapshot_percent', status.percent ?? 0);
    this.set('snapshot_eta_seconds', status.etaSeconds ?? 0);
  }
}

const rowsOf = ({ tables }: IncrementalState): RowCounts => Object.fromEntries(tables.map(({ path, rows }) => [path, rows]));

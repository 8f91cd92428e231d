import type { IncrementalTable } from '@headrace/cdc';
import type { SourceTaskContext } from '@headrace/connector-api';

/** What operators see of a connector's snapshots and slot, as metrics. */
export class Gauges {
  readonly #context: SourceTaskContext;
  readonly #labels: Readonly<Record<string, string>>;
  #begunAt = 0;
  #expected = 0;
  #rows = 0;

  constructor(context: SourceTaskContext) {
    this.#context = context;
    this.#labels = { connector: context.id.connector, task: String(context.id.task) };
  }

  /** `expected`: the server's estimate of all rows. */
  snapshotBegins(tables: number, expected: number): void {
    this.#begunAt = this.#context.clock.monotonic();
    this.#expected = expected;
    this.#rows = 0;
    this.#set('snapshot_tables', tables);
    this.#set('snapshot_rows_expected', expected);
    this.snapshotRead(0, tables);
  }

  /** `rows` more are handed out. */
  snapshotRead(rows: number, remainingTables: number): void {
    this.#rows += rows;
    const seconds = (this.#context.clock.monotonic() - this.#begunAt) / 1_000;
    const left = Math.max(0, this.#expected - this.#rows);
    const isDone = remainingTables === 0;
    this.#set('snapshot_rows', this.#rows);
    this.#set('snapshot_tables_remaining', remainingTables);
    this.#set('snapshot_percent', isDone ? 100 : Math.min(99, (100 * this.#rows) / Math.max(this.#expected, this.#rows, 1)));
    this.#set('snapshot_eta_seconds', isDone || this.#rows === 0 ? 0 : (left * seconds) / this.#rows);
  }

  incremental(table: IncrementalTable | undefined): void {
    this.#set('incremental_snapshot_rows', table?.rows ?? 0);
    this.#set('incremental_snapshot_running', table === undefined ? 0 : 1);
  }

  /** Bytes of log the server keeps for the slot. */
  walLag(bytes: number): void {
    this.#set('slot_lag_bytes', bytes);
  }

  #set(name: string, value: number): void {
    this.#context.meter.set(`headrace_postgres_${name}`, value, this.#labels);
  }
}

/**
 * The fused lane: rows go from the server's bytes to those of Kafka records without becoming objects. Which task takes it is
 * decided at its start; what it cannot write (see `FusedTable`) goes through the envelope, in the same order and to the same
 * bytes.
 */
import type { FusedHeaders, FusedLane, Header, RecordOutput } from '@headrace/connector-api';
import { EventEnds, type EventTime, type TransactionMetadata } from '@headrace/cdc';
import type { SourceBlocks } from '../source-block.ts';
import type { CapturedTable } from '../tables/captured-table.ts';
import type { LogTable } from '../tables/log-table.ts';
import { FusedTable, type FusedWriting } from './fused-table.ts';
import { logLayout, resultLayout, type RowLayout } from './row-layouts.ts';
import { SourceBytes } from './source-bytes.ts';

/** The table versions that one task writes without objects, and what they are written with. */
export class FusedTables {
  readonly output: RecordOutput;
  /** Of all records. */
  readonly headers: readonly Header[];
  readonly #lane: FusedLane;
  readonly #writing: FusedWriting;
  /** null: its records have to be objects. */
  readonly #known = new WeakMap<LogTable | CapturedTable, FusedTable | null>();

  constructor(lane: FusedLane, sources: SourceBlocks, headers: readonly Header[]) {
    const { form } = lane;
    this.output = form.createOutput();
    this.headers = headers;
    this.#lane = lane;
    this.#writing = { form, output: this.output, source: new SourceBytes(form, sources), ends: new EventEnds(form) };
  }

  /** Counts the events from now on; null: they belong to no transaction that is told. */
  count(transaction: TransactionMetadata | null): void {
    this.#writing.ends.transaction = transaction;
  }

  /** The times of the events from now on. */
  at(time: EventTime): void {
    this.#writing.ends.at(time);
  }

  /** What writes the rows of the log under this table map; undefined: they have to be objects. Known once `bind` was awaited. */
  of(table: LogTable): FusedTable | undefined {
    return this.#known.get(table) ?? undefined;
  }

  async bind(table: LogTable, signal: AbortSignal): Promise<void> {
    if (!this.#known.has(table)) await this.#add(table, table.captured, logLayout(table), signal);
  }

  /** What writes the rows of a query for the table's captured columns. */
  async ofResult(table: CapturedTable, signal: AbortSignal): Promise<FusedTable | undefined> {
    return this.#known.get(table) ?? (await this.#add(table, table, resultLayout(table), signal));
  }

  async #add(
    version: LogTable | CapturedTable,
    table: CapturedTable,
    layout: RowLayout | undefined,
    signal: AbortSignal,
  ): Promise<FusedTable | undefined> {
    const headers = layout === undefined ? null : await this.#headersOf(table, signal);
    const fused = layout === undefined || headers === null ? null : new FusedTable(table, layout, headers, this.#writing);
    this.#known.set(version, fused);
    return fused ?? undefined;
  }

  #headersOf({ envelope }: CapturedTable, signal: AbortSignal): Promise<FusedHeaders | null> {
    return this.#lane.headersOf(envelope.topic, envelope.schemas.key, envelope.schemas.envelope, signal);
  }
}

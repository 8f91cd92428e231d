import type { FusedLane, Header, RecordOutput } from '@headrace/connector-api';
import { EventEnds, type EventTime, type TransactionMetadata } from '@headrace/cdc';
import type { CapturedTable } from '../tables/captured-table.ts';
import type { SourceBlocks } from '../tables/source-block.ts';
import { SourceBytes } from '../tables/source-bytes.ts';
import { RowBytes } from '../types/row-bytes.ts';
import { FusedTable, type FusedWriting } from './fused-table.ts';

/** The table versions that one reader writes without objects, and what they are written with. */
export class FusedTables {
  readonly output: RecordOutput;
  /** Of all records. */
  readonly headers: readonly Header[];
  readonly writing: FusedWriting;
  readonly #lane: FusedLane;
  readonly #tables = new Map<number, FusedTable>();

  constructor(lane: FusedLane, sources: SourceBlocks, headers: readonly Header[]) {
    const { form } = lane;
    this.output = form.createOutput();
    this.headers = headers;
    this.writing = {
      form,
      output: this.output,
      row: new RowBytes(Buffer.alloc(0)),
      source: new SourceBytes(form, sources),
      ends: new EventEnds(form),
      lsn: 0,
      marker: null,
    };
    this.#lane = lane;
  }

  get(relationId: number): FusedTable | undefined {
    return this.#tables.get(relationId);
  }

  /** Rows of the relation are written as this version from now on; undefined: as objects. */
  async bind(relationId: number, table: CapturedTable | undefined, signal: AbortSignal): Promise<void> {
    this.unbind(relationId);
    if (table === undefined) return;
    const { schemas, topic } = table.envelope;
    const headers = await this.#lane.headersOf(topic, schemas.key, schemas.envelope, signal);
    if (headers !== null) this.#tables.set(relationId, new FusedTable(table, headers, this.writing));
  }

  unbind(relationId: number): void {
    this.#tables.delete(relationId);
  }

  /** Counts the events from now on. */
  count(transaction: TransactionMetadata | null): void {
    this.writing.ends.transaction = transaction;
  }

  /** The times of the events from now on. */
  at(time: EventTime): void {
    this.writing.ends.at(time);
  }
}

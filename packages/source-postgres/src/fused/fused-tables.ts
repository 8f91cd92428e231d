import type { FusedLane, Header, RecordOutput } from '@headrace/connector-api';
import type { EventTime } from '@headrace/cdc';
import type { CapturedTable } from '../tables/captured-table.ts';
import type { SourceBlocks } from '../tables/source-block.ts';
import { SourceBytes } from '../tables/source-bytes.ts';
import { RowBytes } from '../types/row-bytes.ts';
import { EventEnds } from './event-ends.ts';
import { FusedTable, type FusedWriting } from './fused-table.ts';

/** The table versions that one reader writes without objects, and what they are written with. */
export class FusedTables {
  readonly output: RecordOutput;
  /** Of all records; known once a table is bound. */
  headers: readonly Header[] = [];
  readonly #lane: FusedLane;
  readonly #source: SourceBytes;
  readonly #tables = new Map<number, FusedTable>();
  writing: FusedWriting | undefined;

  constructor(lane: FusedLane, sources: SourceBlocks) {
    this.#lane = lane;
    this.output = lane.form.createOutput();
    this.#source = new SourceBytes(lane.form, sources);
  }

  get(relationId: number): FusedTable | undefined {
    return this.#tables.get(relationId);
  }

  /** Rows of the relation are written as this version from now on; undefined: as objects. */
  async bind(relationId: number, table: CapturedTable | undefined, signal: AbortSignal): Promise<void> {
    this.unbind(relationId);
    if (table === undefined) return;
    const { schemas, topic, options } = table.envelope;
    const headers = await this.#lane.headersOf(topic, schemas.key, schemas.envelope, signal);
    if (headers === null) return;
    this.headers = options.headers;
    this.writing ??= {
      form: this.#lane.form,
      output: this.output,
      row: new RowBytes(Buffer.alloc(0)),
      source: this.#source,
      ends: new EventEnds(this.#lane.form, schemas.envelope),
      lsn: 0,
      marker: null,
    };
    this.#tables.set(relationId, new FusedTable(table, headers, this.writing));
  }

  unbind(relationId: number): void {
    this.#tables.delete(relationId);
  }

  /** The times of the events from now on. */
  at(time: EventTime): void {
    this.writing?.ends.at(time);
  }
}

/**
 * The fused lane of a stream: rows go from the bytes of pgoutput to those of Kafka records without becoming objects. Which
 * task takes it is decided at its start; what it cannot write (see `FusedTable`) goes through the envelope, in the same order
 * and to the same bytes.
 */
import type { FusedLane, Header, RecordOutput } from '@headrace/connector-api';
import type { EventTime } from '@headrace/cdc';
import type { Lsn } from '../lsn.ts';
import type { CapturedTable } from '../tables/captured-table.ts';
import type { SourceBlocks } from '../tables/source-block.ts';
import { SourceBytes } from '../tables/source-bytes.ts';
import { RowBytes } from '../types/row-bytes.ts';
import { EventEnds } from './event-ends.ts';
import { FusedTable, type FusedWriting } from './fused-table.ts';

const INSERT = 73;
const UPDATE = 85;
const DELETE = 68;
/** Message type and relation id before the first tuple's marker. */
const TUPLE_AT = 5;

export class FusedChanges {
  readonly output: RecordOutput;
  /** Of all records; known once a table is bound. */
  headers: readonly Header[] = [];
  readonly #lane: FusedLane;
  readonly #source: SourceBytes;
  readonly #row = new RowBytes(Buffer.alloc(0));
  readonly #tables = new Map<number, FusedTable>();
  #writing: FusedWriting | undefined;
  #last: FusedTable | undefined;

  constructor(lane: FusedLane, sources: SourceBlocks) {
    this.#lane = lane;
    this.output = lane.form.createOutput();
    this.#source = new SourceBytes(lane.form, sources);
  }

  /** Changes of the relation are written as this version from now on; undefined: not by this lane. */
  async bind(relationId: number, table: CapturedTable | undefined, signal: AbortSignal): Promise<void> {
    this.unbind(relationId);
    if (table === undefined) return;
    const { schemas, topic, options } = table.envelope;
    const headers = await this.#lane.headersOf(topic, schemas.key, schemas.envelope, signal);
    if (headers === null) return;
    this.headers = options.headers;
    this.#writing ??= {
      form: this.#lane.form,
      output: this.output,
      row: this.#row,
      source: this.#source,
      ends: new EventEnds(this.#lane.form, schemas.envelope),
      lsn: 0,
    };
    this.#tables.set(relationId, new FusedTable(table, headers, this.#writing));
  }

  unbind(relationId: number): void {
    this.#tables.delete(relationId);
    this.#last = undefined;
  }

  /** The times of the events from now on. */
  at(time: EventTime): void {
    this.#writing?.ends.at(time);
  }

  /** Whether the message at [start, end) is a row change of a table that this lane writes. */
  isOurs(buffer: Buffer, start: number): boolean {
    const type = buffer[start];
    if (type !== INSERT && type !== UPDATE && type !== DELETE) return false;
    const id = buffer.readUInt32BE(start + 1);
    if (this.#last?.table.plan.relationId !== id) this.#last = this.#tables.get(id);
    return this.#last !== undefined;
  }

  /** Writes that change; false when it has to be seen as an object. */
  write(buffer: Buffer, start: number, end: number, lsn: Lsn): boolean {
    const table = this.#last;
    if (table === undefined || this.#writing === undefined) return false;
    this.#row.open(buffer, start, end);
    this.#writing.lsn = lsn;
    try {
      if (buffer[start] === INSERT) return table.insert(buffer, start + TUPLE_AT);
      return buffer[start] === UPDATE ? table.update(buffer, start + TUPLE_AT) : table.remove(buffer, start + TUPLE_AT);
    } catch {
      // A value that cannot be written is met again as an object, where it is reported by the name of its column.
      return false;
    }
  }
}

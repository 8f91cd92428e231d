import { Struct, type StructSchema } from '@headrace/connector-api';
import { eventTime, type SnapshotMarker } from '@headrace/cdc';
import type { Dialect } from './dialect.ts';

/** What the source block of one event says; `row` is given with each row. */
export interface SourcePlace {
  readonly database: string;
  /** Comma-joined where there are several. */
  readonly table: string | null;
  readonly timeUs: number;
  readonly serverId: number;
  readonly gtid: string | null;
  readonly file: string;
  readonly position: number;
  readonly thread: number | null;
  readonly query: string | null;
}

/** Builds source blocks; everything but the row's number is prepared once per event. */
export class SourceBlocks {
  readonly schema: StructSchema;
  readonly #connector: Dialect['name'];
  readonly #version: string;
  readonly #server: string;
  #place: SourcePlace | undefined;
  #time = eventTime(0);

  /** `version` is what the block claims to be, `server` is topic.prefix. */
  constructor(dialect: Dialect, version: string, server: string) {
    this.schema = dialect.source;
    this.#connector = dialect.name;
    this.#version = version;
    this.#server = server;
  }

  enter(place: SourcePlace): void {
    // The log knows seconds mostly, so that many events have the same time.
    if (this.#place?.timeUs !== place.timeUs) this.#time = eventTime(place.timeUs);
    this.#place = place;
  }

  /** The one entered last: one object per event. */
  get place(): SourcePlace | undefined {
    return this.#place;
  }

  /** The block of row `row` of the event entered last; `snapshot` null: a streamed change. */
  row(row: number, snapshot: SnapshotMarker | null): Struct {
    const place = this.#place;
    if (place === undefined) throw new TypeError('A source block is asked for before an event was entered.');
    const time = this.#time;
    return new Struct(this.schema, [
      this.#version,
      this.#connector,
      this.#server,
      time.ms,
      snapshot ?? 'false',
      place.database,
      null,
      time.us,
      time.ns,
      place.table,
      place.serverId,
      place.gtid,
      place.file,
      place.position,
      row,
      place.thread,
      place.query,
    ]);
  }
}

import type { SourceRecord } from '@headrace/connector-api';
import { eventTime, type EventTime } from '@headrace/cdc';

/** Bytes of the log that one batch is made of, at most (a single event may be larger). */
const MAX_BYTES = 4 * 1024 * 1024;

/** Records of one poll, filled until it is full or nothing more has arrived. */
export class ChangeBatch {
  readonly records: SourceRecord[] = [];
  readonly time: EventTime;
  readonly #maxRecords: number;
  #bytes = 0;

  constructor(maxRecords: number, nowMs: number) {
    this.#maxRecords = maxRecords;
    this.time = eventTime(nowMs * 1_000);
  }

  get isFull(): boolean {
    return this.records.length >= this.#maxRecords || this.#bytes >= MAX_BYTES;
  }

  countBytes(bytes: number): void {
    this.#bytes += bytes;
  }
}

import type { EncodedRecords, JsonMap, SourceBatch, SourceRecord } from '@headrace/connector-api';
import { BatchBuilder, eventTime, type CdcConfig, type EventTime } from '@headrace/cdc';
import type { FusedTables } from '../fused/fused-tables.ts';

/** Bytes of the log that one batch is made of, at most, where nothing is said (a single event may be larger). */
const DEFAULT_BYTES = 4 * 1024 * 1024;

/** Records of one poll after the other, each filled until it is full or nothing more has arrived. */
export class ChangeBatch {
  readonly #builder: BatchBuilder;
  readonly #fused: FusedTables | undefined;
  readonly #maxBytes: number;
  #time: EventTime = eventTime(0);
  #bytes = 0;

  constructor(config: CdcConfig, fused: FusedTables | undefined) {
    const bytes = config['max.queue.size.in.bytes'];
    this.#maxBytes = bytes === 0 ? DEFAULT_BYTES : bytes;
    this.#builder = new BatchBuilder({ records: config['max.batch.size'], bytes: this.#maxBytes }, fused);
    this.#fused = fused;
  }

  /** A new poll: the time of its events is now. */
  begin(nowMs: number): void {
    this.#time = eventTime(nowMs * 1_000);
    this.#fused?.at(this.#time);
    this.#bytes = 0;
  }

  /** When the events of this poll are built. */
  get time(): EventTime {
    return this.#time;
  }

  get isFull(): boolean {
    if (this.#bytes >= this.#maxBytes) return true;
    // A task can resume between any two rows.
    this.#builder.settle();
    return this.#builder.isFull();
  }

  get isEmpty(): boolean {
    this.#builder.settle();
    return !this.#builder.hasSettled();
  }

  countBytes(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Where records are appended that are objects: behind all that are there. */
  objects(): SourceRecord[] {
    return this.#builder.objects();
  }

  /** Everything, and the position after it. */
  take(partition: JsonMap, offset: JsonMap): SourceBatch<SourceRecord | EncodedRecords> {
    this.#builder.settle();
    return this.#builder.take(partition, offset);
  }
}

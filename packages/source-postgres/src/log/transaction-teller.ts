import type { BatchBuilder, TransactionMetadata } from '@headrace/cdc';
import type { Begin } from '../change.ts';
import type { Lsn } from '../lsn.ts';
import type { DeliveredPart } from '../start/offset.ts';
import type { JsonMap } from '@headrace/connector-api';

/** Tells of transactions as Debezium's connector does: each event and record has the id `<xid>:<its place in the log>`. */
export class TransactionTeller {
  readonly #metadata: TransactionMetadata;
  readonly #batch: BatchBuilder;
  #xid = '';

  constructor(metadata: TransactionMetadata, batch: BatchBuilder) {
    this.#metadata = metadata;
    this.#batch = batch;
  }

  /** Of a transaction that is delivered in part, the begin is told already, and its counts go on. */
  begin({ xid, timeMicros }: Begin, lsn: Lsn, delivered: DeliveredPart | null): void {
    const counts = delivered?.xid === xid ? delivered.counts : null;
    this.#xid = String(xid);
    this.#metadata.begin(this.#xid, counts);
    this.at(lsn);
    if (counts === null) this.#batch.objects().push(this.#metadata.beginRecord(Math.floor(timeMicros / 1_000)));
  }

  /** The events to come stand at `lsn`. */
  at(lsn: Lsn): void {
    this.#metadata.id = `${this.#xid}:${String(lsn)}`;
  }

  /** All of the transaction is told. */
  end({ timeMicros }: Begin, lsn: Lsn): void {
    this.at(lsn);
    this.#batch.objects().push(this.#metadata.endRecord(Math.floor(timeMicros / 1_000)));
    this.#metadata.end();
    this.#batch.settle();
  }

  offsetKeys(): JsonMap {
    return this.#metadata.offsetKeys();
  }
}

import type { BinaryForm, ValueOutput } from '@headrace/connector-api';
import { envelopeEnd } from '../envelope-schema.ts';
import type { EventTime } from '../event/event-time.ts';
import type { TransactionMetadata } from '../event/transaction-metadata.ts';

export type EventOp = 'r' | 'c' | 'u' | 'd';

/** Writes what stands behind the source block of an event: transaction, operation, the three times. */
export class EventEnds {
  readonly #form: BinaryForm;
  readonly #ops: Readonly<Record<EventOp, Uint8Array>>;
  readonly #noTransaction: Uint8Array;
  readonly #present: number;
  #time: EventTime | undefined;
  #times: Uint8Array = new Uint8Array(0);
  /** Operation and times, for the operations that have come since: each event copies once. */
  #ends: Partial<Record<EventOp, Uint8Array>> = {};
  /** The same behind no transaction. */
  #plain: Partial<Record<EventOp, Uint8Array>> = {};

  /** Counts the events; null: they do not say which transaction they belong to. */
  transaction: TransactionMetadata | null = null;

  constructor(form: BinaryForm) {
    const bytes = (op: EventOp): Uint8Array => form.bytesOf(envelopeEnd.op, op);
    this.#form = form;
    this.#ops = { r: bytes('r'), c: bytes('c'), u: bytes('u'), d: bytes('d') };
    this.#noTransaction = form.bytesOf(envelopeEnd.transaction, null);
    this.#present = form.tagsOf(envelopeEnd.transaction).present;
  }

  /** The times of the events from now on: one instant for all of a read of the log. */
  at(time: EventTime): void {
    if (this.#time === time) return;
    this.#time = time;
    const { ms, us, ns } = time;
    this.#times = Buffer.concat([
      this.#form.bytesOf(envelopeEnd.ts_ms, ms),
      this.#form.bytesOf(envelopeEnd.ts_us, us),
      this.#form.bytesOf(envelopeEnd.ts_ns, ns),
    ]);
    this.#ends = {};
    this.#plain = {};
  }

  /** `collection`: what the table is called where the events of a transaction are counted. To be called once per event. */
  write(output: ValueOutput, op: EventOp, collection: string): void {
    const { transaction } = this;
    if (transaction === null) output.raw((this.#plain[op] ??= Buffer.concat([this.#noTransaction, this.#endOf(op)])));
    else {
      const { total, ofCollection } = transaction.event(collection);
      output.byte(this.#present);
      output.string(transaction.id);
      output.long(total);
      output.long(ofCollection);
      output.raw(this.#endOf(op));
    }
  }

  #endOf(op: EventOp): Uint8Array {
    return (this.#ends[op] ??= Buffer.concat([this.#ops[op], this.#times]));
  }
}

import type { BinaryForm, ValueOutput } from '@headrace/connector-api';
import { envelopeEnd } from '../envelope-schema.ts';
import type { EventTime } from '../event/event-time.ts';

export type EventOp = 'r' | 'c' | 'u' | 'd';

/** Writes what stands behind the source block of an event: no transaction, operation, the three times. */
export class EventEnds {
  readonly #form: BinaryForm;
  readonly #heads: Readonly<Record<EventOp, Uint8Array>>;
  #time: EventTime | undefined;
  #times: Uint8Array = new Uint8Array(0);
  /** Head and times, for the operations that have come since: each event copies once. */
  #ends: Partial<Record<EventOp, Uint8Array>> = {};

  constructor(form: BinaryForm) {
    const head = (op: EventOp): Uint8Array =>
      Buffer.concat([form.bytesOf(envelopeEnd.transaction, null), form.bytesOf(envelopeEnd.op, op)]);
    this.#form = form;
    this.#heads = { r: head('r'), c: head('c'), u: head('u'), d: head('d') };
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
  }

  write(output: ValueOutput, op: EventOp): void {
    output.raw((this.#ends[op] ??= Buffer.concat([this.#heads[op], this.#times])));
  }
}

import type { EventTime } from '@headrace/cdc';
import type { BinaryForm, Schema, StructSchema } from '@headrace/connector-api';

/**
 * What stands behind the source block of an event: no transaction, operation, the three times. The same bytes for all events
 * of one read of the log.
 */
export class EventEnds {
  readonly #form: BinaryForm;
  readonly #schema: StructSchema;
  #time: EventTime | undefined;

  read: Uint8Array = new Uint8Array(0);
  create: Uint8Array = new Uint8Array(0);
  update: Uint8Array = new Uint8Array(0);
  remove: Uint8Array = new Uint8Array(0);

  /** `schema`: of any envelope; they differ in their rows only. */
  constructor(form: BinaryForm, schema: StructSchema) {
    this.#form = form;
    this.#schema = schema;
  }

  at(time: EventTime): void {
    if (this.#time === time) return;
    this.#time = time;
    this.read = this.#end('r', time);
    this.create = this.#end('c', time);
    this.update = this.#end('u', time);
    this.remove = this.#end('d', time);
  }

  #end(op: string, { ms, us, ns }: EventTime): Uint8Array {
    const values: Readonly<Record<string, unknown>> = { transaction: null, op, ts_ms: ms, ts_us: us, ts_ns: ns };
    return Buffer.concat(Object.entries(values).map(([name, value]) => this.#form.bytesOf(fieldOf(this.#schema, name), value)));
  }
}

const fieldOf = (schema: StructSchema, name: string): Schema => {
  const field = schema.fields[schema.indexByName.get(name) ?? -1];
  if (field === undefined) throw new TypeError(`An envelope has no field ${name}.`);
  return field.schema;
};

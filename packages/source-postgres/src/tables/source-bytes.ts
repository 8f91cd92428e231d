import type { SnapshotMarker } from '@headrace/cdc';
import type { BinaryForm, Schema, ValueOutput } from '@headrace/connector-api';
import type { Lsn } from '../lsn.ts';
import type { Origin } from '../pgoutput.ts';
import type { CapturedTable } from './captured-table.ts';
import { postgresSourceSchema, type SourceBlocks } from './source-block.ts';

const TEXT_END = Buffer.from('"]');
/** Digits of any LSN. */
const LSN_DIGITS = 20;

/** Writes the blocks that `SourceBlocks` makes as objects. */
export class SourceBytes {
  readonly #form: BinaryForm;
  readonly #blocks: SourceBlocks;
  readonly #start: Uint8Array;
  /** `snapshot` and `db`, by marker. */
  readonly #markers = new Map<SnapshotMarker | null, Uint8Array>();
  readonly #present: number;
  /** `xmin`, `origin` and `origin_lsn`, and the origin they are of. */
  #end: Uint8Array;
  #endOrigin: Origin | null = null;
  #sequence = Buffer.alloc(0);
  #sequenceHead = '';
  #headBytes = 0;

  constructor(form: BinaryForm, blocks: SourceBlocks) {
    const { version, server } = blocks;
    this.#form = form;
    this.#blocks = blocks;
    this.#start = this.#bytesOf({ version, connector: 'postgresql', name: server });
    this.#present = form.tagsOf(schemaOf('lsn')).present;
    this.#end = this.#endOf(null);
  }

  /** What the blocks of a table have in common, for `write`. */
  ofTable({ schema, name }: CapturedTable): Uint8Array {
    return this.#bytesOf({ schema, table: name });
  }

  /** The block of a change at `lsn` of the transaction that the blocks have begun; `marker` is null for a streamed one. */
  write(output: ValueOutput, table: Uint8Array, lsn: Lsn, marker: SnapshotMarker | null): void {
    const { time, xid, origin } = this.#blocks;
    output.raw(this.#start);
    output.long(time.ms);
    output.raw(this.#markers.get(marker) ?? this.#ofMarker(marker));
    output.byte(this.#present);
    this.#writeSequence(output, lsn);
    output.byte(this.#present);
    output.long(time.us);
    output.byte(this.#present);
    if (typeof time.ns === 'bigint') output.bigLong(time.ns);
    else output.long(time.ns);
    output.raw(table);
    this.#writeXid(output, xid);
    output.byte(this.#present);
    output.long(lsn);
    if (origin !== this.#endOrigin) {
      this.#endOrigin = origin;
      this.#end = this.#endOf(origin);
    }
    output.raw(this.#end);
  }

  #ofMarker(marker: SnapshotMarker | null): Uint8Array {
    const bytes = this.#bytesOf({ snapshot: marker ?? 'false', db: this.#blocks.database });
    this.#markers.set(marker, bytes);
    return bytes;
  }

  #endOf(origin: Origin | null): Uint8Array {
    return this.#bytesOf({ xmin: null, origin: origin?.name ?? null, origin_lsn: origin?.lsn ?? null });
  }

  #writeXid(output: ValueOutput, xid: number | null): void {
    if (xid === null) {
      output.byte(this.#form.tagsOf(schemaOf('txId')).absent);
      return;
    }
    output.byte(this.#present);
    output.long(xid);
  }

  /** `["<end of the transaction before>","<lsn>"]`: the head stays the same for a transaction. */
  #writeSequence(output: ValueOutput, lsn: Lsn): void {
    const { sequenceHead } = this.#blocks;
    if (sequenceHead !== this.#sequenceHead) {
      this.#sequenceHead = sequenceHead;
      this.#sequence = Buffer.alloc(sequenceHead.length + LSN_DIGITS + TEXT_END.length);
      this.#headBytes = this.#sequence.write(sequenceHead, 'latin1');
    }
    const end = writeDigits(this.#sequence, this.#headBytes, lsn);
    this.#sequence[end] = TEXT_END[0] ?? 0;
    this.#sequence[end + 1] = TEXT_END[1] ?? 0;
    output.text(this.#sequence, 0, end + TEXT_END.length);
  }

  #bytesOf(values: Readonly<Record<string, unknown>>): Uint8Array {
    return Buffer.concat(Object.entries(values).map(([name, value]) => this.#form.bytesOf(schemaOf(name), value)));
  }
}

const schemaOf = (name: string): Schema => {
  const field = postgresSourceSchema.fields[postgresSourceSchema.indexByName.get(name) ?? -1];
  if (field === undefined) throw new TypeError(`The source block has no field ${name}.`);
  return field.schema;
};

/** Digits of a number below 2^53 from `at` on, eight at a time so that most of the work is on small integers. */
const writeDigits = (target: Buffer, at: number, value: number): number => {
  const high = Math.floor(value / 100_000_000);
  if (high === 0) return writeSmall(target, at, value);
  let next = writeDigits(target, at, high);
  let low = value - high * 100_000_000;
  next += 8;
  for (let digit = next - 1; digit >= next - 8; digit -= 1) {
    const rest = Math.trunc(low / 10) | 0;
    target[digit] = 48 + low - rest * 10;
    low = rest;
  }
  return next;
};

const writeSmall = (target: Buffer, at: number, value: number): number => {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits += 1;
  let rest = value;
  for (let digit = at + digits - 1; digit >= at; digit -= 1) {
    const next = Math.trunc(rest / 10) | 0;
    target[digit] = 48 + rest - next * 10;
    rest = next;
  }
  return at + digits;
};

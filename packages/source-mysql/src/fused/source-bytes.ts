import { Struct, structOf, type BinaryForm, type StructSchema, type ValueOutput } from '@headrace/connector-api';
import type { SnapshotMarker } from '@headrace/cdc';
import type { SourceBlocks, SourcePlace } from '../source-block.ts';

const NOTHING = new Uint8Array(0);

/** Writes the blocks that `SourceBlocks` makes as objects: all rows of one event share what stands around their number. */
export class SourceBytes {
  readonly #form: BinaryForm;
  readonly #blocks: SourceBlocks;
  readonly #rowIndex: number;
  readonly #headSchema: StructSchema;
  readonly #tailSchema: StructSchema;
  #place: SourcePlace | undefined;
  #marker: SnapshotMarker | null = null;
  #head: Uint8Array = NOTHING;
  #tail: Uint8Array = NOTHING;

  constructor(form: BinaryForm, blocks: SourceBlocks) {
    const { fields } = blocks.schema;
    this.#form = form;
    this.#blocks = blocks;
    this.#rowIndex = blocks.schema.indexByName.get('row') ?? fields.length;
    this.#headSchema = partOf(blocks.schema, 0, this.#rowIndex);
    this.#tailSchema = partOf(blocks.schema, this.#rowIndex + 1, fields.length);
  }

  /** The block of row `row` of the event that the blocks have entered. */
  write(output: ValueOutput, row: number, marker: SnapshotMarker | null): void {
    if (this.#blocks.place !== this.#place || marker !== this.#marker) this.#enter(marker);
    output.raw(this.#head);
    output.int(row);
    output.raw(this.#tail);
  }

  #enter(marker: SnapshotMarker | null): void {
    const { values } = this.#blocks.row(0, marker);
    this.#head = this.#form.bytesOf(this.#headSchema, new Struct(this.#headSchema, values.slice(0, this.#rowIndex)));
    this.#tail = this.#form.bytesOf(this.#tailSchema, new Struct(this.#tailSchema, values.slice(this.#rowIndex + 1)));
    this.#place = this.#blocks.place;
    this.#marker = marker;
  }
}

const partOf = ({ fields }: StructSchema, from: number, to: number): StructSchema =>
  structOf(fields.slice(from, to).map(({ name, schema }) => [name, schema] as const));

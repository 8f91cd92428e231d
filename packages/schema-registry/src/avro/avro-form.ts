import type { BinaryForm, OptionalTags, Schema, WriteValue } from '@headrace/connector-api';
import { compileAvroWriter } from './avro-encoder.ts';
import { AvroOutput } from './avro-output.ts';
import { AvroRecordOutput } from './avro-record-output.ts';
import { isNullLast } from './avro-shape.ts';

const SCRATCH_BYTES = 4_096;

/** Avro's binary form: fields one after the other, a union's branch (0 or 1, zigzag) before an optional value. */
export const avroForm = (isEnhanced: boolean): BinaryForm => {
  const writers = new WeakMap<Schema, WriteValue>();
  const writerOf = (schema: Schema): WriteValue => {
    let write = writers.get(schema);
    if (write === undefined) writers.set(schema, (write = compileAvroWriter(schema, isEnhanced)));
    return write;
  };
  return {
    name: isEnhanced ? 'avro with enumerations' : 'avro',
    createOutput: () => new AvroRecordOutput(),
    writerOf,
    bytesOf: (schema, value) => {
      scratch.begin();
      writerOf(schema)(scratch, value);
      return new Uint8Array(scratch.end());
    },
    tagsOf: optionalTags,
  };
};

const scratch = new AvroOutput(SCRATCH_BYTES);

const optionalTags = (schema: Schema): OptionalTags => (isNullLast(schema) ? { absent: 2, present: 0 } : { absent: 0, present: 2 });

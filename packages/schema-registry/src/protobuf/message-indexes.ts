import { RecordError } from '@headrace/foundation';
import { errors } from '../errors.ts';

/** Levels of nested messages that are believed. */
const MAX_DEPTH = 64;

/** One byte 0 stands for the list [0]: the file's first message. */
export const FIRST_MESSAGE: Uint8Array = Buffer.from([0]);

export interface MessageIndexes {
  readonly indexes: readonly number[];
  /** Where the message begins. */
  readonly end: number;
}

/** The path to the message of a record: how many indexes, then each, zigzag varints all. RecordError when it is none. */
export const readMessageIndexes = (bytes: Uint8Array, start: number): MessageIndexes => {
  let at = start;
  const next = (): number => {
    let bits = 0;
    for (let shift = 0; shift < 32; shift += 7) {
      const byte = bytes[at];
      if (byte === undefined) throw malformed();
      at += 1;
      bits |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (bits >>> 1) ^ -(bits & 1);
    }
    throw malformed();
  };
  const count = next();
  if (count === 0) return { indexes: [0], end: at };
  if (count < 0 || count > MAX_DEPTH) throw malformed();
  return { indexes: Array.from({ length: count }, next), end: at };
};

const malformed = (): RecordError =>
  new RecordError(errors.malformed_record.code, 'A record does not say which message of its Protobuf schema it holds.');

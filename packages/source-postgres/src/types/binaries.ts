import { primitive } from '@headrace/connector-api';
import { binaryType, semantic, typeNames } from '@headrace/cdc';
import type { Decode, TypeFactory } from './column-type.ts';
import type { RowBytes } from './row-bytes.ts';

const hexDigit = (code: number): number => (code <= 57 ? code - 48 : code - 87);

/** `\x` and two lower-case digits per byte: our sessions set bytea_output to hex. */
const hexBytes = ({ buffer }: RowBytes, start: number, end: number): Buffer => {
  const length = (end - start - 2) >> 1;
  if (length > 64) return Buffer.from(buffer.toString('latin1', start + 2, end), 'hex');
  const bytes = Buffer.allocUnsafe(length);
  let position = start + 2;
  for (let index = 0; index < length; index += 1) {
    bytes[index] = (hexDigit(buffer[position] ?? 0) << 4) | hexDigit(buffer[position + 1] ?? 0);
    position += 2;
  }
  return bytes;
};

export const bytea: TypeFactory = (_modifier, { binary, placeholder }) => {
  const type = binaryType(binary);
  const decode: Decode = binary === 'bytes' ? hexBytes : (row, start, end) => type.fromBytes(hexBytes(row, start, end));
  const marker = { bytes: placeholder, hex: placeholder.toString('utf8'), base64: null, 'base64-url-safe': null };
  return { schema: type.schema, decode, unavailable: marker[binary] };
};

/** Bits as little-endian bytes, cut after the highest one set. */
const bitBytes = (text: string): Buffer => {
  const first = text.indexOf('1');
  if (first < 0) return Buffer.alloc(0);
  const bytes = Buffer.alloc((text.length - first + 7) >> 3);
  for (let bit = 0; bit < text.length - first; bit += 1) {
    if (text.charCodeAt(text.length - 1 - bit) === 49) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  return bytes;
};

const isSet: Decode = ({ buffer }, start, end) => {
  if (start === end) throw new RangeError('No bits are neither true nor false.');
  return buffer[start] === 49;
};

const bits = (length: number): ReturnType<TypeFactory> =>
  length === 1
    ? { schema: primitive('boolean'), decode: isSet, unavailable: null }
    : {
        schema: semantic('bytes', typeNames.bits, { parameters: { length: String(length) } }),
        decode: (row, start, end) => bitBytes(row.text(start, end)),
        unavailable: null,
      };

/** `bit` alone is one bit. */
export const bit: TypeFactory = (modifier) => bits(modifier < 0 ? 1 : modifier);

/** `bit varying` alone is unlimited, which Debezium writes as the largest int. */
export const varbit: TypeFactory = (modifier) => bits(modifier < 0 ? 2_147_483_647 : modifier);

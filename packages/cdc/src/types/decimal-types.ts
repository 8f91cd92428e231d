import {
  bytesOfUnscaled,
  decimalBytes,
  decimalSchema,
  primitive,
  Struct,
  structOf,
  type Schema,
  type StructSchema,
} from '@headrace/connector-api';
import { typeNames } from './type-names.ts';

/** `decimal.handling.mode`. */
export type DecimalMode = 'precise' | 'double' | 'string';

/** How a decimal column is represented, and how its plain text (`-12.30`, no exponent) becomes a value. */
export interface DecimalType {
  readonly schema: Schema;
  /** Throws RangeError for text that is no finite decimal or has more fractional digits than the column. */
  readonly fromText: (text: string) => unknown;
}

/** A decimal of fixed `precision` and `scale`. A precision of undefined leaves the parameter out. */
export const decimalType = (mode: DecimalMode, scale: number, precision?: number): DecimalType => {
  if (mode === 'string') return { schema: primitive('string'), fromText: (text) => text };
  if (mode === 'double') return { schema: primitive('float64'), fromText: finiteNumber };
  const parameters = precision === undefined ? {} : { 'connect.decimal.precision': String(precision) };
  return { schema: decimalSchema(scale, { parameters }), fromText: (text) => finiteDecimal(text, scale) };
};

/** `io.debezium.data.VariableScaleDecimal`: a decimal whose scale travels with each value. */
export const variableScaleDecimalSchema: StructSchema = structOf(
  [
    ['scale', primitive('int32')],
    ['value', primitive('bytes')],
  ],
  { name: typeNames.variableScaleDecimal, version: 1, doc: 'Variable scaled decimal' },
);

/** A decimal without declared scale. */
export const variableDecimalType = (mode: DecimalMode): DecimalType =>
  mode === 'precise' ? { schema: variableScaleDecimalSchema, fromText: variableScaleDecimal } : decimalType(mode, 0);

/** Trailing zeros of the fraction do not count, and the scale is never negative. */
const variableScaleDecimal = (text: string): Struct => {
  const point = text.indexOf('.');
  if (point < 0) return new Struct(variableScaleDecimalSchema, [0, finiteDecimal(text, 0)]);
  let end = text.length;
  while (text.charCodeAt(end - 1) === 48) end -= 1;
  const scale = end - point - 1;
  return new Struct(variableScaleDecimalSchema, [scale, finiteDecimal(text.slice(0, scale === 0 ? point : end), scale)]);
};

/** Unscaled bytes; the common short numbers without bigint arithmetic on text. */
const finiteDecimal = (text: string, scale: number): Uint8Array => {
  const point = text.indexOf('.');
  const digits = point < 0 ? text + ZEROS.slice(0, scale) : text.slice(0, point) + text.slice(point + 1);
  const isAligned = scale <= ZEROS.length && (point < 0 || text.length - point - 1 === scale);
  if (!isDecimal(text)) throw notFinite();
  if (!isAligned || digits.length > 15) return decimalBytes(text, scale);
  return bytesOfSafeInteger(Number(digits));
};

const ZEROS = '0'.repeat(15);

/** Like `bytesOfUnscaled`, for a safe integer: the shortest big-endian two's complement. */
const bytesOfSafeInteger = (value: number): Uint8Array => {
  let length = 1;
  let limit = 128;
  while (value >= limit || value < -limit) {
    length += 1;
    limit *= 256;
  }
  if (length > 6) return bytesOfUnscaled(BigInt(value));
  const bytes = Buffer.allocUnsafe(length);
  bytes.writeIntBE(value, 0, length);
  return bytes;
};

const isDecimal = (text: string): boolean => {
  let digits = 0;
  for (let index = text.charCodeAt(0) === 45 ? 1 : 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= 48 && code <= 57) digits += 1;
    else if (code !== 46) return false;
  }
  return digits > 0;
};

const finiteNumber = (text: string): number => {
  const value = Number(text);
  if (Number.isNaN(value)) throw notFinite();
  return value;
};

const notFinite = (): RangeError => new RangeError('A decimal without finite value (NaN or Infinity).');

import { decimalSchema, int64, primitive } from '@headrace/connector-api';
import { decimalType, readUnscaled, variableDecimalType, writeUnscaled, type DecimalMode, type DecimalType } from '@headrace/cdc';
import type { ColumnType, Decode, TypeFactory, TypeSettings } from './column-type.ts';
import type { RowBytes } from './row-bytes.ts';
import { withWriter, type WriteText } from './text-writers.ts';

const MINUS = 45;
const ZERO = 48;
/** Digits a double holds without loss. */
const SAFE_DIGITS = 15;

const readInteger = (buffer: Buffer, start: number, end: number): number => {
  const isNegative = buffer[start] === MINUS;
  let value = 0;
  for (let index = isNegative ? start + 1 : start; index < end; index += 1) value = value * 10 + (buffer[index] ?? 0) - ZERO;
  return isNegative ? -value : value;
};

const smallInteger: Decode = withWriter(
  ({ buffer }, start, end) => readInteger(buffer, start, end),
  (output, { buffer }, start, end) => {
    output.int(readInteger(buffer, start, end));
  },
);

const bigInteger: Decode = withWriter(
  (row, start, end) => (end - start <= SAFE_DIGITS ? readInteger(row.buffer, start, end) : int64(BigInt(row.text(start, end)))),
  (output, row, start, end) => {
    if (end - start <= SAFE_DIGITS) output.long(readInteger(row.buffer, start, end));
    else output.bigLong(BigInt(row.ascii(start, end)));
  },
);

const POINT = 46;

/**
 * At most 15 digits and perhaps a point: an exact integer over an exact power of ten, whose quotient is rounded once, as the
 * text itself would be. NaN for anything else.
 */
const shortFloat = (buffer: Buffer, start: number, end: number): number => {
  let value = 0;
  let fraction = -1;
  for (let index = start; index < end; index += 1) {
    const code = buffer[index] ?? 0;
    if (code === POINT && fraction < 0) fraction = 0;
    else if (code < ZERO || code > ZERO + 9) return NaN;
    else {
      value = value * 10 + code - ZERO;
      if (fraction >= 0) fraction += 1;
    }
  }
  return fraction > 0 ? value / (POWERS_OF_TEN[fraction] ?? NaN) : value;
};

const readFloat = (row: RowBytes, start: number, end: number): number => {
  const isNegative = row.buffer[start] === MINUS;
  const digits = isNegative ? start + 1 : start;
  const magnitude = end - digits > SAFE_DIGITS ? NaN : shortFloat(row.buffer, digits, end);
  if (Number.isNaN(magnitude)) return Number(row.ascii(start, end));
  return isNegative ? -magnitude : magnitude;
};

const float: Decode = withWriter(readFloat, (output, row, start, end) => {
  output.double(readFloat(row, start, end));
});

const POWERS_OF_TEN = Array.from({ length: SAFE_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

const integerType = (type: 'int16' | 'int32' | 'int64', decode: Decode): TypeFactory => {
  const columnType: ColumnType = { schema: primitive(type), decode, unavailable: null };
  return () => columnType;
};

export const int2: TypeFactory = integerType('int16', smallInteger);
export const int4: TypeFactory = integerType('int32', smallInteger);
export const int8: TypeFactory = integerType('int64', bigInteger);
export const float4: TypeFactory = () => ({
  schema: primitive('float32'),
  decode: (row, start, end) => Math.fround(Number(row.text(start, end))),
  unavailable: null,
});
export const float8: TypeFactory = () => ({ schema: primitive('float64'), decode: float, unavailable: null });

const isTrue = ({ buffer }: RowBytes, start: number): boolean => buffer[start] === 116;

const readBoolean: Decode = withWriter(isTrue, (output, row, start) => {
  output.byte(isTrue(row, start) ? 1 : 0);
});

export const bool: TypeFactory = () => ({
  schema: primitive('boolean'),
  decode: readBoolean,
  unavailable: null,
});

/** A numeric's modifier: precision above, scale as 11-bit signed number below, 4 added (numeric.c of PostgreSQL 15). */
const numericScale = (modifier: number): number => (((modifier - 4) & 0x7ff) ^ 1_024) - 1_024;
const numericPrecision = (modifier: number): number => ((modifier - 4) >> 16) & 0xffff;

/** `NaN`, `Infinity` and `-Infinity` under the modes that have a form for them; Debezium's spelling as text. */
const specialText: Readonly<Record<string, string>> = { NaN: 'NAN', Infinity: 'POSITIVE_INFINITY', '-Infinity': 'NEGATIVE_INFINITY' };

const decimalDecode = (mode: DecimalMode, type: DecimalType): Decode => {
  if (mode === 'double') return float;
  if (mode === 'string') {
    return (row, start, end) => {
      const text = row.text(start, end);
      return specialText[text] ?? text;
    };
  }
  const decode: Decode = (row, start, end) => type.fromText(row.text(start, end));
  return withWriter(decode, type.schema.type === 'bytes' ? fixedScaleWriter(decode) : variableScaleWriter);
};

/** The server writes as many fractional digits as the column's scale says, so that the digits are the unscaled value. */
const fixedScaleWriter =
  (decode: Decode): WriteText =>
  (output, row, start, end) => {
    const unscaled = readUnscaled(row.buffer, start, end);
    if (Number.isNaN(unscaled)) output.bytes(decode(row, start, end) as Uint8Array);
    else writeUnscaled(output, unscaled);
  };

/** Scale, then unscaled value; trailing zeros of the fraction do not count. */
const variableScaleWriter: WriteText = (output, row, start, end) => {
  const { buffer } = row;
  let point = start;
  while (point < end && buffer[point] !== POINT) point += 1;
  let last = end;
  if (point < end) while (buffer[last - 1] === ZERO) last -= 1;
  const unscaled = readUnscaled(buffer, start, last);
  if (Number.isNaN(unscaled)) throw new RangeError('A decimal that is not short and finite.');
  output.int(point < end ? last - point - 1 : 0);
  writeUnscaled(output, unscaled);
};

/** What decimals as text have that the others have not. */
const ofText = ({ decimals, placeholder }: TypeSettings, scale: number): Partial<ColumnType> =>
  decimals === 'string' ? { unavailable: placeholder.toString('utf8'), fallback: `0${scale > 0 ? '.' : ''}${'0'.repeat(scale)}` } : {};

export const numeric: TypeFactory = (modifier, settings) => {
  const { decimals } = settings;
  // A negative scale (`numeric(3,-2)`) only says how PostgreSQL rounds: its values are plain integers.
  const scale = modifier < 0 ? 0 : Math.max(0, numericScale(modifier));
  const type = modifier < 0 ? variableDecimalType(decimals) : decimalType(decimals, scale, numericPrecision(modifier));
  return { schema: type.schema, decode: decimalDecode(decimals, type), unavailable: null, ...ofText(settings, scale) };
};

/** Under `lc_monetary = C`, which our sessions set: `$1,234.56` or `-$1,234.56`. */
export const money: TypeFactory = (_modifier, settings) => {
  const { decimals, moneyDigits } = settings;
  const type: DecimalType =
    decimals === 'precise' ? { ...decimalType(decimals, moneyDigits), schema: decimalSchema(moneyDigits) } : decimalType(decimals, 2);
  return {
    schema: type.schema,
    decode: (row, start, end) => type.fromText(row.text(start, end).replaceAll(/[$,]/g, '')),
    unavailable: null,
    ...ofText(settings, moneyDigits),
  };
};

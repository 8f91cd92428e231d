import { decimalText, int64, logicalNames, unscaledOfBytes, valueText, type Schema } from '@headrace/connector-api';
import { types } from 'node:util';
import { unsuitable } from '../shape/side.ts';

export const castTargets = ['int8', 'int16', 'int32', 'int64', 'float32', 'float64', 'boolean', 'string'] as const;
export type CastTarget = (typeof castTargets)[number];

/** A value as another type, as Java casts it; null stays null. */
export const castValue = (value: unknown, target: CastTarget, schema: Schema | null): unknown => {
  if (value === null || value === undefined) return null;
  if (target === 'string') return textOf(value, schema);
  if (target === 'boolean') return booleanOf(value, schema);
  if (target === 'float32' || target === 'float64') {
    const number = Number(fractional(value, schema));
    return target === 'float32' ? Math.fround(number) : number;
  }
  return wholeOf(value, schema, target);
};

const textOf = (value: unknown, schema: Schema | null): string => {
  if (value instanceof Object && !types.isUint8Array(value)) throw unsuitable('Cast', 'a value of this type cannot become a text');
  return valueText({ schema, value });
};

const booleanOf = (value: unknown, schema: Schema | null): boolean => {
  if (typeof value === 'string') return value.toLowerCase() === 'true';
  return Number(fractional(value, schema)) !== 0;
};

const fractional = (value: unknown, schema: Schema | null): number | bigint => {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (isDecimal(value, schema)) return Number(decimalText(value, scaleOf(schema)));
  if (typeof value !== 'string') throw unsuitable('Cast', 'a value of this type cannot become a number');
  const text = value.trim();
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) throw unsuitable('Cast', 'a text is not a number of the wanted type');
  return Number(text);
};

type Whole = 'int8' | 'int16' | 'int32' | 'int64';
const bits = { int8: 8, int16: 16, int32: 32, int64: 64 } as const;

/** Whole numbers lose their high bits, fractions stop at the ends of int or long; only texts out of range are refused. */
const wholeOf = (value: unknown, schema: Schema | null, target: Whole): number | bigint => {
  if (typeof value === 'string') return wholeOfText(value, target);
  if (isDecimal(value, schema)) return wrapped(unscaledOfBytes(value) / 10n ** BigInt(scaleOf(schema)), target);
  const number = fractional(value, schema);
  const isFloat = schema === null ? !Number.isInteger(number) : schema.type === 'float32' || schema.type === 'float64';
  return wrapped(isFloat ? saturated(Number(number), target) : BigInt(number), target);
};

const wholeOfText = (text: string, target: Whole): number | bigint => {
  if (!/^[+-]?\d+$/.test(text)) throw unsuitable('Cast', 'a text is not a number of the wanted type');
  const value = BigInt(text.replace(/^\+/, ''));
  if (BigInt.asIntN(bits[target], value) !== value) throw unsuitable('Cast', 'a text is a number out of range');
  return int64(value);
};

const wrapped = (value: bigint, target: Whole): number | bigint => int64(BigInt.asIntN(bits[target], value));

const saturated = (value: number, target: Whole): bigint => {
  if (Number.isNaN(value)) return 0n;
  const limit = target === 'int64' ? 2n ** 63n : 2n ** 31n;
  if (value >= Number(limit)) return limit - 1n;
  return value < -Number(limit) ? -limit : BigInt(Math.trunc(value));
};

const isDecimal = (value: unknown, schema: Schema | null): value is Uint8Array =>
  types.isUint8Array(value) && schema?.name === logicalNames.decimal;

const scaleOf = (schema: Schema | null): number => Number(schema?.parameters?.['scale'] ?? 0);

import { primitive, type PrimitiveSchema, type SchemaOptions } from './schema.ts';

/** Names of Connect's own logical types; all are version 1. */
export const logicalNames = {
  decimal: 'org.apache.kafka.connect.data.Decimal',
  date: 'org.apache.kafka.connect.data.Date',
  time: 'org.apache.kafka.connect.data.Time',
  timestamp: 'org.apache.kafka.connect.data.Timestamp',
} as const;

/** Connect's Decimal: bytes of the unscaled value, big-endian two's complement; parameters `scale` and, where known, precision. */
export const decimalSchema = (scale: number, options: SchemaOptions = {}): PrimitiveSchema =>
  primitive('bytes', {
    ...options,
    name: logicalNames.decimal,
    version: 1,
    parameters: { scale: String(scale), ...options.parameters },
  });

/** An unscaled value as the shortest big-endian two's complement, like Java's BigInteger.toByteArray. */
export const bytesOfUnscaled = (unscaled: bigint): Uint8Array => {
  let length = 1;
  while (BigInt.asIntN(length * 8, unscaled) !== unscaled) length += 1;
  const bytes = new Uint8Array(length);
  let rest = unscaled;
  for (let index = length - 1; index >= 0; index -= 1) {
    bytes[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
};

export const unscaledOfBytes = (bytes: Uint8Array): bigint => {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(bytes.length * 8, value);
};

/** So many bytes are exact as a number, which is made faster than a bigint. */
const NUMBER_BYTES = 6;

/** The unscaled value of at most six bytes. */
export const smallUnscaled = (bytes: Uint8Array): number => {
  let value = ((bytes[0] ?? 0) << 24) >> 24;
  for (let index = 1; index < bytes.length; index += 1) value = value * 256 + (bytes[index] ?? 0);
  return value;
};

/** Plain decimal text (`-12.30`) of unscaled bytes. */
export const decimalText = (bytes: Uint8Array, scale: number): string => {
  const unscaled = bytes.length <= NUMBER_BYTES ? smallUnscaled(bytes) : unscaledOfBytes(bytes);
  if (scale <= 0) return String(BigInt(unscaled) * 10n ** BigInt(-scale));
  const digits = String(unscaled < 0 ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0 ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
};

/** Unscaled bytes of plain decimal text at `scale`. The text must not have more fractional digits than that (RangeError). */
export const decimalBytes = (text: string, scale: number): Uint8Array => {
  const isNegative = text.startsWith('-');
  const body = isNegative || text.startsWith('+') ? text.slice(1) : text;
  const point = body.indexOf('.');
  const whole = point < 0 ? body : body.slice(0, point);
  const fraction = point < 0 ? '' : body.slice(point + 1);
  if (fraction.length > scale)
    throw new RangeError(`Decimal has ${String(fraction.length)} fractional digits, its column ${String(scale)}.`);
  const unscaled = BigInt(whole + fraction.padEnd(scale, '0'));
  return bytesOfUnscaled(isNegative ? -unscaled : unscaled);
};

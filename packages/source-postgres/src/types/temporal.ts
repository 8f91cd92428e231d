/**
 * Dates and times from their ISO text, digit by digit: `2024-01-02 03:04:05.123456+00`, years of four or more digits, ` BC`
 * at the end. Our sessions set DateStyle ISO and TimeZone UTC.
 */
import { int64, primitive } from '@headrace/connector-api';
import {
  dateType,
  daysFromCivil,
  isoTimeText,
  semantic,
  timestampType,
  timeType,
  typeNames,
  zonedTimestampText,
  type TimestampType,
} from '@headrace/cdc';
import type { Decode, TypeFactory } from './column-type.ts';
import { withWriter } from './text-writers.ts';

const DASH = 45;
const PLUS = 43;
const COLON = 58;
const DOT = 46;
const SPACE = 32;
const LETTER_C = 67;
const LETTER_I = 105;
const MICROS_PER_DAY = 86_400_000_000;
/** Fractional digits of a column without modifier. */
const FULL_SCALE = 6;

/** The far ends of time, as Debezium writes them. */
const INFINITY_MICROS = 9_223_372_036_825_200_000n;
const MINUS_INFINITY_MICROS = -9_223_372_036_832_400_000n;
const INFINITY_DAY = -2_147_472_693;
const MINUS_INFINITY_DAY = -2_147_472_692;

const two = (buffer: Buffer, position: number): number => ((buffer[position] ?? 0) - 48) * 10 + (buffer[position + 1] ?? 0) - 48;

const isInfinite = (buffer: Buffer, start: number): boolean =>
  buffer[start] === LETTER_I || (buffer[start] === DASH && buffer[start + 1] === LETTER_I);

/** Days since the epoch of the date that starts here and whose value ends at `end` (where ` BC` would stand). */
const readDays = (buffer: Buffer, start: number, end: number): number => {
  let year = 0;
  let position = start;
  for (; buffer[position] !== DASH; position += 1) year = year * 10 + (buffer[position] ?? 0) - 48;
  return daysFromCivil(isBc(buffer, end) ? 1 - year : year, two(buffer, position + 1), two(buffer, position + 4));
};

const isBc = (buffer: Buffer, end: number): boolean => buffer[end - 1] === LETTER_C;

/** Microseconds of `hh:mm:ss[.ffffff]` that starts here; stops at whatever follows. */
const readMicros = (buffer: Buffer, start: number, end: number): number => {
  const seconds = two(buffer, start) * 3_600 + two(buffer, start + 3) * 60 + two(buffer, start + 6);
  if (start + 8 >= end || buffer[start + 8] !== DOT) return seconds * 1_000_000;
  let fraction = 0;
  let unit = 100_000;
  for (let position = start + 9; position < end && unit >= 1; position += 1) {
    const digit = (buffer[position] ?? 0) - 48;
    if (digit < 0 || digit > 9) break;
    fraction += digit * unit;
    unit /= 10;
  }
  return seconds * 1_000_000 + fraction;
};

/** Position of the space between date and time; dates have at least ten characters. */
const timeStart = (buffer: Buffer, start: number): number => {
  let position = start + 10;
  while (buffer[position] !== SPACE) position += 1;
  return position + 1;
};

/** Microseconds east of UTC of the zone `+hh[:mm[:ss]]` that follows the time; 0 when there is none. */
const readZone = (buffer: Buffer, start: number, end: number): number => {
  let position = start + 8;
  while (position < end && buffer[position] !== PLUS && buffer[position] !== DASH) position += 1;
  if (position >= end) return 0;
  const hasMinutes = position + 3 < end && buffer[position + 3] === COLON;
  const hasSeconds = position + 6 < end && buffer[position + 6] === COLON;
  const seconds =
    two(buffer, position + 1) * 3_600 + (hasMinutes ? two(buffer, position + 4) * 60 : 0) + (hasSeconds ? two(buffer, position + 7) : 0);
  return (buffer[position] === DASH ? -seconds : seconds) * 1_000_000;
};

const scaleOf = (modifier: number): number => (modifier < 0 ? FULL_SCALE : modifier);

/** Values that are one number, or a text, are written as they are decoded: no object stands between. */
const writable = (decode: Decode): Decode =>
  withWriter(decode, (output, row, start, end) => {
    const value = decode(row, start, end);
    if (typeof value === 'number') output.long(value);
    else if (typeof value === 'bigint') output.bigLong(value);
    else output.string(value as string);
  });

export const date: TypeFactory = (_modifier, { time }) => {
  const type = dateType(time);
  const ends = time === 'isostring' ? ['infinity', '-infinity'] : [INFINITY_DAY, MINUS_INFINITY_DAY];
  return {
    schema: type.schema,
    decode: writable(({ buffer }, start, end) =>
      isInfinite(buffer, start) ? ends[buffer[start] === DASH ? 1 : 0] : type.fromDays(readDays(buffer, start, end)),
    ),
    unavailable: null,
  };
};

export const time: TypeFactory = (modifier, settings) => {
  const type = timeType(settings.time, scaleOf(modifier));
  // As text, Java's day has no 24:00:00.
  const day = settings.time === 'isostring' ? MICROS_PER_DAY : Infinity;
  return {
    schema: type.schema,
    decode: writable(({ buffer }, start, end) => type.fromMicros(readMicros(buffer, start, end) % day)),
    unavailable: null,
  };
};

/** What `infinity` and `-infinity` are in the units of a timestamp's schema. */
const timestampEnds = ({ schema, fromParts }: TimestampType): readonly unknown[] => {
  if (schema.type === 'string') {
    const day = BigInt(MICROS_PER_DAY);
    return [INFINITY_MICROS, MINUS_INFINITY_MICROS].map((micros) => {
      const days = micros < 0n ? micros / day - 1n : micros / day;
      return fromParts(Number(days), Number(micros - days * day));
    });
  }
  switch (schema.name) {
    case typeNames.microTimestamp:
      return [INFINITY_MICROS, MINUS_INFINITY_MICROS];
    case typeNames.nanoTimestamp:
      return [9_223_372_036_854_775_807n, -9_223_372_036_854_775_808n];
    default:
      return [Number(INFINITY_MICROS / 1_000n), Number(MINUS_INFINITY_MICROS / 1_000n)].map((millis) => toSafe(millis));
  }
};

/** Microseconds over a thousand are beyond 2^53 still: they stay exact only as bigint. */
const toSafe = (millis: number): number | bigint => (Number.isSafeInteger(millis) ? millis : BigInt(millis));

export const timestamp: TypeFactory = (modifier, settings) => {
  const type = timestampType(settings.time, scaleOf(modifier));
  const ends = timestampEnds(type);
  return {
    schema: type.schema,
    decode: writable(({ buffer }, start, end) => {
      if (isInfinite(buffer, start)) return ends[buffer[start] === DASH ? 1 : 0];
      return type.fromParts(readDays(buffer, start, end), readMicros(buffer, timeStart(buffer, start), end));
    }),
    unavailable: null,
  };
};

/** Common case: a four-digit year in UTC, so that only the `T`, the fraction and the `Z` have to be put in. */
const isPlainUtc = (buffer: Buffer, start: number, end: number): boolean =>
  buffer[start + 10] === SPACE && buffer[end - 3] === PLUS && buffer[end - 2] === 48 && buffer[end - 1] === 48;

const timestamptzDecode = (scale: number): Decode => {
  const wholeSecond = scale === 0 ? 'Z' : `.${'0'.repeat(scale)}Z`;
  return (row, start, end) => {
    const { buffer } = row;
    if (isInfinite(buffer, start)) return buffer[start] === DASH ? '-infinity' : 'infinity';
    if (isPlainUtc(buffer, start, end)) {
      const head = `${row.text(start, start + 10)}T${row.text(start + 11, end - 3)}`;
      if (head.length === 19) return head + wholeSecond;
      return `${head.padEnd(20 + scale, '0')}Z`;
    }
    const clock = timeStart(buffer, start);
    const micros = readMicros(buffer, clock, end) - readZone(buffer, clock, end);
    const shift = Math.floor(micros / MICROS_PER_DAY);
    return zonedTimestampText(readDays(buffer, start, end) + shift, micros - shift * MICROS_PER_DAY, scale);
  };
};

const LETTER_T = 84;
const LETTER_Z = 90;
/** `2024-01-02T03:04:05.123456Z` and some room. */
const zoned = Buffer.alloc(40);

/** The common case is put together from its bytes. */
const timestamptzType = (scale: number): Decode => {
  const decode = timestamptzDecode(scale);
  return withWriter(decode, (output, row, start, end) => {
    const { buffer } = row;
    const length = end - start - 3;
    if (!isPlainUtc(buffer, start, end) || length > 26) {
      output.string(decode(row, start, end) as string);
      return;
    }
    for (let index = 0; index < length; index += 1) zoned[index] = buffer[start + index] ?? 0;
    zoned[10] = LETTER_T;
    let next = length;
    if (next === 19 && scale > 0) zoned[next++] = DOT;
    if (scale > 0) while (next < 20 + scale) zoned[next++] = 48;
    zoned[next] = LETTER_Z;
    output.text(zoned, 0, next + 1);
  });
};

export const timestamptz: TypeFactory = (modifier) => ({
  schema: semantic('string', typeNames.zonedTimestamp),
  decode: timestamptzType(scaleOf(modifier)),
  unavailable: null,
});

/** Shifted to UTC, with as few fractional digits as are needed. */
export const timetz: TypeFactory = () => ({
  schema: semantic('string', typeNames.zonedTime),
  decode: ({ buffer }, start, end) => {
    const micros = readMicros(buffer, start, end) - readZone(buffer, start, end);
    return `${isoTimeText(micros - Math.floor(micros / MICROS_PER_DAY) * MICROS_PER_DAY)}Z`;
  },
  unavailable: null,
});

interface IntervalParts {
  readonly months: number;
  readonly days: number;
  /** Hours, minutes and seconds together. */
  readonly micros: number;
}

/** Intervals under IntervalStyle iso_8601, which our sessions set: `P1Y2M3DT4H5M6.78S`, each number with its own sign. */
const readInterval = (text: string): IntervalParts => {
  const parts: Record<string, number> = {};
  let isTime = false;
  for (const [, separator, number, unit] of text.slice(1).matchAll(/(T)|(-?[\d.]+)([A-Z])/g)) {
    if (separator === 'T') isTime = true;
    else parts[`${isTime ? 'T' : ''}${unit ?? ''}`] = Number(number);
  }
  const part = (name: string): number => parts[name] ?? 0;
  return {
    months: part('Y') * 12 + part('M'),
    days: part('W') * 7 + part('D'),
    micros: (part('TH') * 3_600 + part('TM') * 60) * 1_000_000 + Math.round(part('TS') * 1_000_000),
  };
};

/** Average days of a month, as Debezium counts. */
const DAYS_PER_MONTH = 30.4375;

const intervalText = ({ months, days, micros }: IntervalParts): string => {
  const seconds = Math.trunc(micros / 1_000_000);
  const fraction = Math.abs(micros % 1_000_000);
  const rest = seconds % 60;
  const sign = rest === 0 && micros < 0 && fraction !== 0 ? '-' : '';
  const digits = fraction === 0 ? '' : `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`;
  return (
    `P${String(Math.trunc(months / 12))}Y${String(months % 12)}M${String(days)}D` +
    `T${String(Math.trunc(seconds / 3_600))}H${String(Math.trunc(seconds / 60) % 60)}M${sign}${String(rest)}${digits}S`
  );
};

/** Java's cast of a double to a long: truncated, and at most the ends of 64 bits. */
const saturated = (total: number): number | bigint => {
  if (total >= 2 ** 63) return 9_223_372_036_854_775_807n;
  return total <= -(2 ** 63) ? -9_223_372_036_854_775_808n : int64(BigInt(Math.trunc(total)));
};

export const interval: TypeFactory = (_modifier, settings) => {
  if (settings.interval === 'string') {
    return {
      schema: semantic('string', typeNames.interval),
      decode: (row, start, end) => intervalText(readInterval(row.text(start, end))),
      unavailable: null,
    };
  }
  return {
    schema: primitive('int64', { name: typeNames.microDuration, version: 1 }),
    decode: (row, start, end) => {
      const { months, days, micros } = readInterval(row.text(start, end));
      const total = (months * DAYS_PER_MONTH + days) * MICROS_PER_DAY + micros;
      return Number.isSafeInteger(total) ? total : saturated(total);
    },
    unavailable: null,
  };
};

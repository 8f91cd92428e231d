import type { TimeUnit } from './logical-type.ts';

/**
 * Dates and times as the text both databases read: `2024-02-29`, `23:59:59.999999`. Proleptic Gregorian calendar, exact for every
 * 64-bit value; no JavaScript Date on the way, whose range and precision are smaller than a database's.
 */

const PER_DAY: Readonly<Record<'ms' | 'us', number>> = { ms: 86_400_000, us: 86_400_000_000 };

/** Debezium's numbers for PostgreSQL's `infinity` and `-infinity`. */
const INFINITE = new Map<number | bigint, string>([
  [9_223_372_036_825_200_000n, 'infinity'],
  [-9_223_372_036_832_400_000n, '-infinity'],
  [9_223_372_036_825_200n, 'infinity'],
  [-9_223_372_036_832_400n, '-infinity'],
  [9_223_372_036_854_775_807n, 'infinity'],
  [-9_223_372_036_854_775_808n, '-infinity'],
]);
const INFINITE_DAYS = new Map<number, string>([
  [-2_147_472_693, 'infinity'],
  [-2_147_472_692, '-infinity'],
]);

const pad = (value: number, width: number): string => String(value).padStart(width, '0');
const pad2 = (value: number): string => (value < 10 ? `0${String(value)}` : String(value));

interface DateParts {
  /** `YYYY-MM-DD`, the year counted from 1 on either side of the era. */
  readonly text: string;
  /** ` BC` or nothing: it goes behind a time. */
  readonly era: string;
}

/** Civil date of days since 1970-01-01: eras of 400 years that begin in March, so that the leap day comes last. */
const dateParts = (days: number): DateParts => {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return { text: `${pad(year > 0 ? year : 1 - year, 4)}-${pad2(month)}-${pad2(day)}`, era: year > 0 ? '' : ' BC' };
};

/** Rows of one batch mostly share their days. */
let lastDays = 0;
let lastParts: DateParts = dateParts(0);

const partsOf = (days: number): DateParts => {
  if (days !== lastDays) {
    lastParts = dateParts(days);
    lastDays = days;
  }
  return lastParts;
};

/** Days since the epoch. */
export const dateText = (days: number): string => {
  const infinite = INFINITE_DAYS.get(days);
  if (infinite !== undefined) return infinite;
  const parts = partsOf(days);
  return parts.text + parts.era;
};

const clockText = (seconds: number, fraction: number, digits: number): string => {
  const minutes = Math.floor(seconds / 60);
  return `${pad2(Math.floor(minutes / 60))}:${pad2(minutes % 60)}:${pad2(seconds % 60)}.${pad(fraction, digits)}`;
};

/** Nanoseconds as whole microseconds: no column has more digits, and cutting would be silent loss. */
const wholeMicros = (nanos: number | bigint): number | bigint => {
  const exact = BigInt(nanos);
  if (exact % 1_000n !== 0n) throw new RangeError('it has nanoseconds, and the finest column type counts microseconds');
  return narrow(exact / 1_000n);
};

const narrow = (value: bigint): number | bigint =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;

/** Time since midnight; negative and beyond 24 hours as MySQL has it (`-838:59:59.000000`). */
export const timeText = (value: number | bigint, unit: TimeUnit): string => {
  if (unit === 'ns') return timeText(wholeMicros(value), 'us');
  const number = Number(value);
  const perSecond = unit === 'ms' ? 1_000 : 1_000_000;
  const size = Math.abs(number);
  return `${number < 0 ? '-' : ''}${clockText(Math.floor(size / perSecond), size % perSecond, unit === 'ms' ? 3 : 6)}`;
};

/** Time since the epoch, without a zone: `2024-02-29 23:59:59.999`, three digits for milliseconds, six for finer units. */
export const timestampText = (value: number | bigint, unit: TimeUnit): string => {
  if (typeof value === 'bigint') {
    const infinite = INFINITE.get(value);
    if (infinite !== undefined) return infinite;
  }
  if (unit === 'ns') return timestampText(wholeMicros(value), 'us');
  const [days, rest] = splitDays(value, PER_DAY[unit]);
  const perSecond = unit === 'ms' ? 1_000 : 1_000_000;
  const parts = partsOf(days);
  const seconds = Math.floor(rest / perSecond);
  return `${parts.text} ${clockText(seconds, rest - seconds * perSecond, unit === 'ms' ? 3 : 6)}${parts.era}`;
};

/** Whole days and what remains of the last, floored. */
const splitDays = (value: number | bigint, perDay: number): readonly [number, number] => {
  if (typeof value === 'number') {
    const days = Math.floor(value / perDay);
    return [days, value - days * perDay];
  }
  const size = BigInt(perDay);
  const rest = ((value % size) + size) % size;
  return [Number((value - rest) / size), Number(rest)];
};

const ISO_TIMESTAMP = /^([+-]?)(\d{4,9})-(\d\d-\d\d)T(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z?)$/;

/**
 * An ISO date-time in UTC as a database reads it: `+21016-11-04T06:51:30Z` loses its sign, `-4713-12-31T…` becomes the
 * year 4714 BC (ISO has a year 0). Anything else (`infinity`) is passed on.
 */
export const isoTimestampText = (iso: string, suffix: '' | 'Z'): string => {
  const match = ISO_TIMESTAMP.exec(iso);
  if (match === null) return iso;
  const [, sign, digits = '', monthDay = '', time = ''] = match;
  const year = Number(digits);
  if (sign === '-' || year === 0) return `${pad(1 + year, 4)}-${monthDay} ${time}${suffix} BC`;
  return `${digits}-${monthDay} ${time}${suffix}`;
};

const ISO_WITH_OFFSET = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)((?::\d\d(?:\.\d+)?)?)([+-])(\d\d):?(\d\d)$/;

/**
 * An ISO date-time with an offset (`2024-03-01T01:30:00.5+02:00`, as a transform may write it) as the same moment in UTC;
 * anything else as it is. Offsets are whole minutes, so seconds and their fraction keep all digits.
 */
export const isoInUtc = (iso: string): string => {
  const match = ISO_WITH_OFFSET.exec(iso);
  if (match === null) return iso;
  const [, minute = '', rest = '', sign, hours, minutes] = match;
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000);
  const moment = Date.parse(`${minute}:00Z`) - offset;
  return Number.isNaN(moment) ? iso : new Date(moment).toISOString().replace(':00.000Z', `${rest}Z`);
};

/** `2017-09-15Z` or `04:05:11.789Z` without its zone, which is always UTC. */
export const withoutZulu = (iso: string): string => (iso.endsWith('Z') ? iso.slice(0, -1) : iso);

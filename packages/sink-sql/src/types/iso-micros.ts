/** Date and time to the second, `Z`; and with six digits of it. */
const SHORTEST = '2026-01-01T00:00:00Z'.length;
const LONGEST = '2026-01-01T00:00:00.000000Z'.length;
const FRACTION = '2026-01-01T00:00:00.'.length;
const SECOND = 1_000_000;

const codes = { dash: 0x2d, colon: 0x3a, dot: 0x2e, t: 0x54, z: 0x5a, zero: 0x30 } as const;

const scratch = new Uint8Array(LONGEST);

/**
 * Microseconds since 1970 of a date-time in UTC as sources write it (`2026-01-01T00:00:00.123456Z`), whose bytes stand at [start, end).
 * Undefined for anything else, and for a date that is none.
 */
export const microsOfIso = (bytes: Uint8Array, start: number, end: number): number | undefined => {
  const length = end - start;
  if (length < SHORTEST || length > LONGEST || !hasMarks(bytes, start, length)) return undefined;
  const day = dayAt(bytes, start);
  const second = secondOfDayAt(bytes, start);
  const fraction = fractionAt(bytes, start, length);
  const micros = (day * 86_400 + second) * SECOND + fraction;
  return Number.isNaN(micros) ? undefined : micros;
};

/** The same of a string. */
export const microsOfIsoText = (text: string): number | undefined => {
  const { length } = text;
  if (length > LONGEST) return undefined;
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return undefined;
    scratch[index] = code;
  }
  return microsOfIso(scratch, 0, length);
};

/** All that is no digit is where it belongs. */
const hasMarks = (bytes: Uint8Array, start: number, length: number): boolean =>
  bytes[start + 4] === codes.dash &&
  bytes[start + 7] === codes.dash &&
  bytes[start + 10] === codes.t &&
  bytes[start + 13] === codes.colon &&
  bytes[start + 16] === codes.colon &&
  bytes[start + length - 1] === codes.z &&
  (length === SHORTEST || (bytes[start + FRACTION - 1] === codes.dot && length > FRACTION + 1));

const digitAt = (bytes: Uint8Array, at: number): number => {
  const digit = (bytes[at] ?? 0) - codes.zero;
  return digit >= 0 && digit <= 9 ? digit : Number.NaN;
};

/** Two digits; NaN where they are none, or more than `max`. */
const pairAt = (bytes: Uint8Array, at: number, max: number): number => {
  const pair = digitAt(bytes, at) * 10 + digitAt(bytes, at + 1);
  return pair <= max ? pair : Number.NaN;
};

/** Days since 1970, in the proleptic Gregorian calendar: years begin in March, so that the leap day comes last. NaN for no date. */
const dayAt = (bytes: Uint8Array, start: number): number => {
  const year = pairAt(bytes, start, 99) * 100 + pairAt(bytes, start + 2, 99);
  const month = pairAt(bytes, start + 5, 12);
  const day = pairAt(bytes, start + 8, 31);
  if (!(year >= 1 && month >= 1 && day >= 1 && day <= lastDay(year, month))) return Number.NaN;
  const marchYear = month > 2 ? year : year - 1;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return marchYear * 365 + Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400) + dayOfYear - 719_468;
};

const lastDay = (year: number, month: number): number => {
  if (month !== 2) return 30 + ((month + (month >> 3)) & 1);
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
};

const secondOfDayAt = (bytes: Uint8Array, start: number): number =>
  pairAt(bytes, start + 11, 23) * 3_600 + pairAt(bytes, start + 14, 59) * 60 + pairAt(bytes, start + 17, 59);

/** Microseconds of the second. */
const fractionAt = (bytes: Uint8Array, start: number, length: number): number => {
  let micros = 0;
  const end = start + length - 1;
  for (let at = start + FRACTION; at < start + LONGEST - 1; at += 1) micros = micros * 10 + (at < end ? digitAt(bytes, at) : 0);
  return micros;
};

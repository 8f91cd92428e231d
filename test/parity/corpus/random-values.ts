/** SQL texts of values, drawn at random. */
import fc from 'fast-check';

export const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
/** Without the character that PostgreSQL has no room for. */
export const text = fc.string({ unit: 'binary', maxLength: 12 }).map((value) => value.replaceAll('\0', ''));
export const integer = (bits: bigint): fc.Arbitrary<string> =>
  fc.oneof(fc.bigInt({ min: -(2n ** bits), max: 2n ** bits - 1n }), fc.constantFrom(0n, -(2n ** bits), 2n ** bits - 1n)).map(String);
const two = (value: number): string => String(value).padStart(2, '0');

export const digits = (count: number): fc.Arbitrary<string> => fc.string({ unit: fc.nat(9).map(String), minLength: 1, maxLength: count });
export const decimal = (whole: number, fraction: number): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom('', '-'), digits(whole), digits(fraction)).map(([sign, left, right]) => `${sign}${left}.${right}`);

export const dayBetween = (first: string, last: string): fc.Arbitrary<string> =>
  fc
    .date({ min: new Date(`${first}T00:00:00Z`), max: new Date(`${last}T00:00:00Z`), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10));
/** After the Gregorian reform: before it the peer counts days in two calendars (declared.ts). */
export const day = dayBetween('1583-01-01', '9999-12-31');
/** What nanoseconds of 64 bits can tell. */
export const nearDay = dayBetween('1678-01-01', '2261-12-31');
export const timeOfDay = fc
  .tuple(fc.nat(23), fc.nat(59), fc.nat(59), fc.oneof(fc.constant(0), fc.nat(999_999)))
  .map(([hours, minutes, seconds, micros]) => `${two(hours)}:${two(minutes)}:${two(seconds)}.${String(micros).padStart(6, '0')}`);
/** The peer's driver has milliseconds of a time in an array. */
export const coarseTime = timeOfDay.map((time) => time.slice(0, -3));
export const moment = fc.oneof(
  { weight: 9, arbitrary: fc.tuple(nearDay, timeOfDay).map(([date, time]) => `${date} ${time}`) },
  { weight: 1, arbitrary: fc.constantFrom('infinity', '-infinity') },
);
export const zone = fc
  .tuple(fc.constantFrom('+', '-'), fc.nat(14), fc.constantFrom(0, 15, 30, 45))
  .map(([sign, hours, minutes]) => `${sign}${two(hours)}:${two(minutes)}`);
export const interval = fc
  .record({
    years: fc.integer({ min: -999, max: 999 }),
    days: fc.integer({ min: -999, max: 999 }),
    time: timeOfDay,
    isNegative: fc.boolean(),
  })
  .map(({ years, days, time, isNegative }) => `${String(years)} years ${String(days)} days ${isNegative ? '-' : ''}${time}`);

export const json = fc.json({ maxDepth: 2, noUnicodeString: false }).map((value) => value.replaceAll(/\\u0000|\\u[dD][89a-fA-F]../g, ''));
export const bits = (min: number, max: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom('0', '1'), minLength: min, maxLength: max });
export const hex = fc.uint8Array({ maxLength: 12 }).map((bytes) => `\\x${Buffer.from(bytes).toString('hex')}`);
export const address = fc.oneof(fc.ipV4(), fc.ipV6());

export const element = (item: string): string => `"${item.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
const listed = (item: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(item, { maxLength: 4 }).map((items) => `{${items.join(',')}}`);
export const array = (item: fc.Arbitrary<string>): fc.Arbitrary<string> => listed(fc.option(item.map(element), { nil: 'NULL' }));
/** Without nulls. */
export const fullArray = (item: fc.Arbitrary<string>): fc.Arbitrary<string> => listed(item.map(element));
export const hstore = fc
  .uniqueArray(fc.tuple(text, fc.option(text)), { maxLength: 6, selector: ([key]) => key })
  .map((pairs) => pairs.map(([key, value]) => `${element(key)}=>${value === null ? 'NULL' : element(value)}`).join(','));

export const letters = fc.stringMatching(/^[a-z]{0,8}$/);
export const hexDigits = (count: number): fc.Arbitrary<string> =>
  fc.nat(16 ** Math.min(count, 8) - 1).map((value) => value.toString(16).padStart(count, '0'));
export const number = fc.double({ noDefaultInfinity: true, noNaN: true }).map(String);

/**
 * DATE, TIME, DATETIME and TIMESTAMP, straight from bytes to numbers. Formats with fractional seconds (the `2` types) are
 * big-endian with the fraction behind; the older ones are little-endian decimal digits. A zero date, or one whose month or
 * day is zero, is NULL where the column allows it and the epoch where not.
 */
import { dateType, daysFromCivil, semantic, timestampType, timeType, typeNames, zonedTimestampText, type TimeType } from '@headrace/cdc';
import type { ByteCursor } from '../binlog/byte-cursor.ts';
import { columnType } from '../binlog/column-types.ts';
import type { WireColumn } from '../binlog/wire-column.ts';
import { withCopy } from './byte-writers.ts';
import type { ColumnReader, ColumnType, SqlColumn, TypeOptions } from './sql-column.ts';
import { writeZonedText } from './zoned-text.ts';

const MICROS_PER_SECOND = 1_000_000;
const SECONDS_PER_DAY = 86_400;
/** What the fraction's bytes count, by their number: 1/100, 1/10,000 and 1/1,000,000 of a second. */
const MICROS_PER_FRACTION = [0, 10_000, 100, 1];

const fractionBytes = (fraction: number): number => (fraction + 1) >> 1;

const bigEndian = (cursor: ByteCursor, width: number): number => {
  const value = cursor.bytes.readUIntBE(cursor.offset, width);
  cursor.offset += width;
  return value;
};

const readFraction = (cursor: ByteCursor, width: number): number =>
  width === 0 ? 0 : bigEndian(cursor, width) * (MICROS_PER_FRACTION[width] ?? 0);

/** Builds a value of a calendar date and a time of day; `undefined` stands for a date that does not exist. */
type FromDate = (year: number, month: number, day: number, microsOfDay: number) => unknown;

/** What DATE, DATETIME and TIMESTAMP have in common: a date that may be zero. */
const calendar = (column: SqlColumn, options: TypeOptions, fromDays: (days: number, microsOfDay: number) => unknown): FromDate => {
  const fallback = column.isNullable ? null : fromDays(0, 0);
  return (year, month, day, microsOfDay) => {
    if (month === 0 || day === 0) return fallback;
    const adjusted = options.adjustsYears && year < 100 ? year + (year < 70 ? 2_000 : 1_900) : year;
    return fromDays(daysFromCivil(adjusted, month, day), microsOfDay);
  };
};

const microsOfDay = (hours: number, minutes: number, seconds: number, micros: number): number =>
  ((hours * 60 + minutes) * 60 + seconds) * MICROS_PER_SECOND + micros;

/** Binary result protocol: a length, then year (2), month, day, then optionally the time, then optionally microseconds. */
const resultDate =
  (fromDate: FromDate): ColumnReader =>
  (cursor) => {
    const length = cursor.u8();
    if (length === 0) return fromDate(0, 0, 0, 0);
    const year = cursor.u16();
    const month = cursor.u8();
    const day = cursor.u8();
    const time = length > 4 ? microsOfDay(cursor.u8(), cursor.u8(), cursor.u8(), 0) : 0;
    return fromDate(year, month, day, length > 7 ? time + cursor.u32() : time);
  };

const DATE_TEXT = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?$/;

/** A default: a literal, or the current time, which a schema shows as the epoch. */
const defaultDate = (fromDate: FromDate, epoch: unknown, text: string): unknown => {
  if (/^(current_timestamp|now|curdate|current_date)\b/i.test(text)) return epoch;
  const match = DATE_TEXT.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1, 7)
    .map((part: string | undefined) => Number(part ?? 0));
  return fromDate(year, month, day, microsOfDay(hours, minutes, seconds, Number((match[7] ?? '').padEnd(6, '0'))));
};

export const dateColumnType = (column: SqlColumn, options: TypeOptions): ColumnType => {
  const { schema, fromDays } = dateType(options.time);
  const fromDate = calendar(column, options, fromDays);
  const read: ColumnReader = (cursor) => {
    const bits = cursor.u24();
    return fromDate(bits >> 9, (bits >> 5) & 15, bits & 31, 0);
  };
  return {
    schema,
    logReader: (wire) => (wire.type === columnType.date ? read : undefined),
    resultReader: resultDate(fromDate),
    fromDefault: (text) => defaultDate(fromDate, fromDays(0), text),
  };
};

/** DATETIME: 5 bytes counted from 2^39 up: year * 13 + month (17 bits), day (5), hour (5), minute (6), second (6). */
export const datetimeColumnType = (column: SqlColumn, options: TypeOptions): ColumnType => {
  const { schema, fromParts } = timestampType(options.time, column.fraction);
  const fromDate = calendar(column, options, fromParts);
  const read =
    (width: number): ColumnReader =>
    (cursor) => {
      const high = cursor.u8() & 0x7f;
      const low = bigEndian(cursor, 4);
      const yearMonth = high * 1_024 + (low >>> 22);
      const time = microsOfDay((low >>> 12) & 31, (low >>> 6) & 63, low & 63, readFraction(cursor, width));
      return fromDate(Math.floor(yearMonth / 13), yearMonth % 13, (low >>> 17) & 31, time);
    };
  return {
    schema,
    logReader: (wire) => versioned(wire, column, columnType.datetime2, columnType.datetime, read, legacyDatetime(fromDate)),
    resultReader: resultDate(fromDate),
    fromDefault: (text) => defaultDate(fromDate, fromParts(0, 0), text),
  };
};

const legacyDatetime =
  (fromDate: FromDate): ColumnReader =>
  (cursor) => {
    const digits = Number(cursor.u64());
    const date = Math.floor(digits / 1_000_000);
    const time = digits % 1_000_000;
    const clock = microsOfDay(Math.floor(time / 10_000), Math.floor(time / 100) % 100, time % 100, 0);
    return fromDate(Math.floor(date / 10_000), Math.floor(date / 100) % 100, date % 100, clock);
  };

/** TIMESTAMP: seconds since the epoch, always shown in UTC; 0 is the zero date. */
export const timestampColumnType = (column: SqlColumn, options: TypeOptions): ColumnType => {
  const { fraction } = column;
  const fromParts = (days: number, micros: number): string => zonedTimestampText(days, micros, fraction);
  const fallback = column.isNullable ? null : fromParts(0, 0);
  const fromDate = calendar(column, options, fromParts);
  const reader = (secondsOf: (cursor: ByteCursor) => number, width: number): ColumnReader =>
    withCopy(
      (cursor) => {
        const seconds = secondsOf(cursor);
        const micros = readFraction(cursor, width);
        if (seconds === 0 && micros === 0) return fallback;
        const days = Math.floor(seconds / SECONDS_PER_DAY);
        return fromParts(days, (seconds - days * SECONDS_PER_DAY) * MICROS_PER_SECOND + micros);
      },
      (output, cursor) => {
        const seconds = secondsOf(cursor);
        const micros = readFraction(cursor, width);
        if (seconds === 0 && micros === 0 && fallback === null) throw new RangeError('A zero date, which is NULL.');
        const days = Math.floor(seconds / SECONDS_PER_DAY);
        writeZonedText(output, days, (seconds - days * SECONDS_PER_DAY) * MICROS_PER_SECOND + micros, fraction);
      },
    );
  const read = (width: number): ColumnReader => reader((cursor) => bigEndian(cursor, 4), width);
  const readOld = reader((cursor) => cursor.u32(), 0);
  return {
    schema: semantic('string', typeNames.zonedTimestamp),
    logReader: (wire) => versioned(wire, column, columnType.timestamp2, columnType.timestamp, read, readOld),
    resultReader: resultDate(fromDate),
    fromDefault: (text) => defaultDate(fromDate, fromParts(0, 0), text),
  };
};

/**
 * TIME: signed, the fraction part of the number: 3 bytes and those of the fraction, counted from the middle of their
 * range; 1 unused bit, hours (10), minutes (6), seconds (6), fraction.
 */
export const timeColumnType = (column: SqlColumn, options: TypeOptions): ColumnType => {
  const { schema, fromMicros } = timeOfDay(options, timeType(options.time, column.fraction));
  const read = (width: number): ColumnReader => {
    const middle = 2 ** (23 + width * 8);
    const perSecond = 2 ** (width * 8);
    return (cursor) => {
      const packed = bigEndian(cursor, 3 + width) - middle;
      const magnitude = Math.abs(packed);
      const whole = Math.floor(magnitude / perSecond);
      const fraction = (magnitude - whole * perSecond) * (MICROS_PER_FRACTION[width] ?? 0);
      return fromMicros(signed(packed < 0, microsOfDay((whole >> 12) & 0x3ff, (whole >> 6) & 63, whole & 63, fraction)));
    };
  };
  return {
    schema,
    logReader: (wire) => versioned(wire, column, columnType.time2, columnType.time, read, legacyTime(fromMicros)),
    resultReader: (cursor) => fromMicros(resultTime(cursor)),
    fromDefault: (text) => defaultTime(text, fromMicros),
  };
};

/** ISO text, as Kafka Connect's Time, is that of a day, which a TIME need not be. */
const timeOfDay = ({ time }: TypeOptions, type: TimeType): TimeType => {
  if (time !== 'isostring') return type;
  const fromMicros = (micros: number): unknown => {
    if (micros < 0 || micros >= SECONDS_PER_DAY * MICROS_PER_SECOND) throw new RangeError('The time is none of a day.');
    return type.fromMicros(micros);
  };
  return { ...type, fromMicros: fromMicros as TimeType['fromMicros'] };
};

const signed = (isNegative: boolean, micros: number): number => (isNegative && micros !== 0 ? -micros : micros);

const legacyTime =
  (fromMicros: (micros: number) => unknown): ColumnReader =>
  (cursor) => {
    const digits = (cursor.u24() << 8) >> 8;
    const magnitude = Math.abs(digits);
    const micros = microsOfDay(Math.floor(magnitude / 10_000), Math.floor(magnitude / 100) % 100, magnitude % 100, 0);
    return fromMicros(signed(digits < 0, micros));
  };

/** Length, sign (1), days (4), hours, minutes, seconds, then optionally microseconds (4). */
const resultTime = (cursor: ByteCursor): number => {
  const length = cursor.u8();
  if (length === 0) return 0;
  const isNegative = cursor.u8() === 1;
  const days = cursor.u32();
  const clock = microsOfDay(days * 24 + cursor.u8(), cursor.u8(), cursor.u8(), 0);
  return signed(isNegative, length > 8 ? clock + cursor.u32() : clock);
};

const TIME_TEXT = /^(-?)(\d{1,3}):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/;

const defaultTime = (text: string, fromMicros: (micros: number) => unknown): unknown => {
  const match = TIME_TEXT.exec(text);
  if (match === null) return undefined;
  const micros = microsOfDay(Number(match[2]), Number(match[3]), Number(match[4]), Number((match[5] ?? '').padEnd(6, '0')));
  return fromMicros(signed(match[1] === '-', micros));
};

/** The reader of the log's format; the old formats have no room for a fraction. */
const versioned = (
  wire: WireColumn,
  column: SqlColumn,
  ...[modern, legacy, readModern, readLegacy]: [number, number, (width: number) => ColumnReader, ColumnReader]
): ColumnReader | undefined => {
  if (wire.type === modern && wire.metadata === column.fraction) return readModern(fractionBytes(column.fraction));
  return wire.type === legacy && column.fraction === 0 ? readLegacy : undefined;
};

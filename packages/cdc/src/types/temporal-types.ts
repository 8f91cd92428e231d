import { int64, logicalNames, type PrimitiveSchema } from '@headrace/connector-api';
import { isoDateText, isoTimeText } from './iso-text.ts';
import { semantic } from './semantic.ts';
import { typeNames } from './type-names.ts';

/** `time.precision.mode`. `adaptive` is PostgreSQL's default, `adaptive_time_microseconds` that of MySQL and MariaDB. */
export type TimePrecisionMode = 'adaptive' | 'adaptive_time_microseconds' | 'connect' | 'microseconds' | 'nanoseconds' | 'isostring';

export interface DateType {
  readonly schema: PrimitiveSchema;
  /** Days since the epoch. */
  readonly fromDays: (days: number) => number | string;
}

export interface TimeType {
  readonly schema: PrimitiveSchema;
  /** Microseconds since midnight. */
  readonly fromMicros: (micros: number) => number | bigint | string;
}

export interface TimestampType {
  readonly schema: PrimitiveSchema;
  /** Days since the epoch, and microseconds since that day's midnight (0 to 86,400,000,000). */
  readonly fromParts: (days: number, microsOfDay: number) => number | bigint | string;
}

const MICROS_PER_DAY = 86_400_000_000;
/** Beyond these days, microseconds since the epoch leave the safe integers. */
const SAFE_DAYS = 104_249;

const microsSinceEpoch = (days: number, microsOfDay: number): number | bigint =>
  days < SAFE_DAYS && days > -SAFE_DAYS
    ? days * MICROS_PER_DAY + microsOfDay
    : int64(BigInt(days) * BigInt(MICROS_PER_DAY) + BigInt(microsOfDay));

/** Beyond these days, milliseconds do so too: timestamps end at the year 294276. */
const SAFE_MILLIS_DAYS = 104_249_990;

const millisSinceEpoch = (days: number, microsOfDay: number): number | bigint => {
  const millis = Math.floor(microsOfDay / 1_000);
  return days < SAFE_MILLIS_DAYS ? days * 86_400_000 + millis : int64(BigInt(days) * 86_400_000n + BigInt(millis));
};

const nanosSinceEpoch = (days: number, microsOfDay: number): number | bigint => {
  const nanos = (BigInt(days) * BigInt(MICROS_PER_DAY) + BigInt(microsOfDay)) * 1_000n;
  if (BigInt.asIntN(64, nanos) !== nanos) throw new RangeError('Nanoseconds of 64 bits begin in 1677 and end in 2262.');
  return int64(nanos);
};

const toMillis = (micros: number): number => Math.floor(micros / 1_000);

/** Kafka Connect's Time is one of a day, which a TIME of MySQL need not be. */
const toMillisOfDay = (micros: number): number => {
  if (micros < 0 || micros > MICROS_PER_DAY) throw new RangeError('The time is none of a day.');
  return toMillis(micros);
};
const sameMicros = (micros: number): number => micros;

/** The `date` type of a mode. */
export const dateType = (mode: TimePrecisionMode): DateType => {
  if (mode === 'connect') return { schema: semantic('int32', logicalNames.date), fromDays: (days) => days };
  if (mode === 'isostring') return { schema: semantic('string', typeNames.isoDate), fromDays: (days) => `${isoDateText(days)}Z` };
  return { schema: semantic('int32', typeNames.date), fromDays: (days) => days };
};

/** The `time` type of a mode for a column of `scale` fractional digits. */
export const timeType = (mode: TimePrecisionMode, scale: number): TimeType => {
  switch (mode) {
    case 'connect':
      return { schema: semantic('int32', logicalNames.time), fromMicros: toMillisOfDay };
    case 'isostring':
      return { schema: semantic('string', typeNames.isoTime), fromMicros: (micros) => `${isoTimeText(micros)}Z` };
    case 'nanoseconds':
      return { schema: semantic('int64', typeNames.nanoTime), fromMicros: (micros) => micros * 1_000 };
    case 'adaptive':
      if (scale <= 3) return { schema: semantic('int32', typeNames.time), fromMicros: toMillis };
      return { schema: semantic('int64', typeNames.microTime), fromMicros: sameMicros };
    case 'microseconds':
    case 'adaptive_time_microseconds':
      return { schema: semantic('int64', typeNames.microTime), fromMicros: sameMicros };
  }
};

/** The zone-less `timestamp` / `datetime` type of a mode for a column of `scale` fractional digits. */
export const timestampType = (mode: TimePrecisionMode, scale: number): TimestampType => {
  switch (mode) {
    case 'connect':
      return { schema: semantic('int64', logicalNames.timestamp), fromParts: millisSinceEpoch };
    case 'isostring':
      return {
        schema: semantic('string', typeNames.isoTimestamp),
        fromParts: (days, micros) => `${isoDateText(days)}T${isoTimeText(micros)}Z`,
      };
    case 'nanoseconds':
      return { schema: semantic('int64', typeNames.nanoTimestamp), fromParts: nanosSinceEpoch };
    case 'microseconds':
      return { schema: semantic('int64', typeNames.microTimestamp), fromParts: microsSinceEpoch };
    case 'adaptive':
    case 'adaptive_time_microseconds':
      if (scale <= 3) return { schema: semantic('int64', typeNames.timestamp), fromParts: millisSinceEpoch };
      return { schema: semantic('int64', typeNames.microTimestamp), fromParts: microsSinceEpoch };
  }
};

/**
 * `io.debezium.time.ZonedTimestamp` text in UTC. `digits` fractional digits are printed (0: none); undefined prints as few as
 * are needed.
 */
export const zonedTimestampText = (days: number, microsOfDay: number, digits?: number): string =>
  `${isoDateText(days)}T${isoTimeText(microsOfDay, digits)}Z`;

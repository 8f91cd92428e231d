import type { LogicalType } from '../types/logical-type.ts';
import { floatText } from '../types/plain-text.ts';
import { timestampText } from '../types/temporal-text.ts';

/** A column type whose values travel in PostgreSQL's binary form: smaller, and neither side makes or reads a text. */
export interface BinaryForm {
  /** Of the element type, which every server has alike. */
  readonly oid: number;
  /** The number that stands for a value; undefined where this one value has to go as text. */
  readonly numberOf: (value: unknown, type: LogicalType) => number | undefined;
  /** Bytes of a value. */
  readonly size: number;
  readonly write: (target: DataView, at: number, value: number) => void;
  /** The text of such a number, for a batch in which another value has to go as text. */
  readonly text: (value: number) => string;
}

const SHIFT_32 = 4_294_967_296;

const writeInt64 = (target: DataView, at: number, value: number): void => {
  const high = Math.floor(value / SHIFT_32);
  target.setInt32(at, high);
  target.setUint32(at + 4, value - high * SHIFT_32);
};

/** What is out of range goes as text, and is refused by the server in its own words. */
const integer = (oid: number, size: number, max: number, write: BinaryForm['write']): BinaryForm => ({
  oid,
  size,
  write,
  numberOf: (value, { kind }) => (kind === 'integer' && typeof value === 'number' && value <= max && value >= -max ? value : undefined),
  text: String,
});

const float = (oid: number, size: 4 | 8, write: BinaryForm['write']): BinaryForm => ({
  oid,
  size,
  write,
  // A double that goes into a real is rounded by the server.
  numberOf: (value, type) => (type.kind === 'float' && type.bits <= size * 8 && typeof value === 'number' ? value : undefined),
  text: floatText,
});

/** Microseconds between 1970 and 2000, from where PostgreSQL counts. */
const EPOCH_MICROS = 946_684_800_000_000;
/** About the years 1716 to 2223: everything that is calculated stays exact. */
const MAX_MICROS = 8_000_000_000_000_000;

const inRange = (micros: number): number | undefined => (micros <= MAX_MICROS && micros >= -MAX_MICROS ? micros : undefined);

const writeMicros: BinaryForm['write'] = (target, at, value) => {
  writeInt64(target, at, value - EPOCH_MICROS);
};

const microsOf = (value: unknown, type: LogicalType): number | undefined => {
  if (type.kind !== 'timestamp' || type.unit === 'ns' || typeof value !== 'number') return undefined;
  return inRange(type.unit === 'ms' ? value * 1_000 : value);
};

/** As sources write it; anything else, and a date that is none, goes as text. */
const ISO = /^[12]\d{3}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(?:\.\d{1,6})?Z$/;
const FRACTION = '2026-01-01T00:00:00.'.length;
const MICRO_DIGITS = 6;

const microsOfIso = (value: unknown, { kind }: LogicalType): number | undefined => {
  if (kind !== 'zoned-timestamp' || typeof value !== 'string' || !ISO.test(value)) return undefined;
  const year = pairAt(value, 0) * 100 + pairAt(value, 2);
  const [month, day, hour] = [pairAt(value, 5), pairAt(value, 8), pairAt(value, 11)];
  if (month < 1 || month > 12 || day < 1 || day > lastDay(year, month) || hour > 23) return undefined;
  const millis = Date.UTC(year, month - 1, day, hour, pairAt(value, 14), pairAt(value, 17));
  return inRange(millis * 1_000 + fractionOf(value));
};

/** Two digits as a number. */
const pairAt = (text: string, at: number): number => text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 528;

const lastDay = (year: number, month: number): number => {
  if (month !== 2) return 30 + ((month + (month >> 3)) & 1);
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
};

/** Microseconds of the second. */
const fractionOf = (iso: string): number => {
  let micros = 0;
  for (let digit = 0; digit < MICRO_DIGITS; digit += 1) {
    const at = FRACTION + digit;
    micros = micros * 10 + (at < iso.length - 1 ? iso.charCodeAt(at) - 48 : 0);
  }
  return micros;
};

const forms: Readonly<Record<string, BinaryForm>> = {
  boolean: {
    oid: 16,
    size: 1,
    numberOf: (value, { kind }) => (kind === 'boolean' ? Number(value === true) : undefined),
    write: (target, at, value) => {
      target.setUint8(at, value);
    },
    text: String,
  },
  smallint: integer(21, 2, 32_767, (target, at, value) => {
    target.setInt16(at, value);
  }),
  integer: integer(23, 4, 2_147_483_647, (target, at, value) => {
    target.setInt32(at, value);
  }),
  bigint: integer(20, 8, Number.MAX_SAFE_INTEGER, writeInt64),
  real: float(700, 4, (target, at, value) => {
    target.setFloat32(at, value);
  }),
  'double precision': float(701, 8, (target, at, value) => {
    target.setFloat64(at, value);
  }),
  'timestamp without time zone': {
    oid: 1114,
    size: 8,
    numberOf: microsOf,
    write: writeMicros,
    text: (value) => timestampText(value, 'us'),
  },
  'timestamp with time zone': {
    oid: 1184,
    size: 8,
    numberOf: microsOfIso,
    write: writeMicros,
    text: (value) => `${timestampText(value, 'us')}Z`,
  },
};

/** By the catalog's name of a column's type; undefined where values travel as texts. */
export const binaryForm = (columnType: string): BinaryForm | undefined =>
  Object.hasOwn(forms, columnType) ? forms[columnType] : undefined;

import type { LogicalType } from '../types/logical-type.ts';
import { floatText } from '../types/plain-text.ts';
import { timestampText } from '../types/temporal-text.ts';
import { microsOfIso, microsOfIsoText } from '../types/iso-micros.ts';

/** A column type whose values travel in PostgreSQL's binary form: smaller, and neither side makes or reads a text. */
export interface BinaryForm {
  /** Of the element type, which every server has alike. */
  readonly oid: number;
  /** Values of the type have a number, but for some. */
  readonly holds: (type: LogicalType) => boolean;
  /** The number that stands for a value of a type that it holds; undefined where this one value has to go as text. */
  readonly numberOf: (value: unknown, type: LogicalType) => number | undefined;
  /** The same of a string whose UTF-8 bytes stand at [start, end); left out: strings have none. */
  readonly numberOfText?: (source: Uint8Array, start: number, end: number) => number | undefined;
  /** Bytes of a value. */
  readonly size: number;
  readonly write: (target: DataView, at: number, value: number) => void;
  /** The same of a value that is too large for a number; left out: it has to go as text. */
  readonly writeBig?: (target: DataView, at: number, value: bigint) => void;
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
  holds: ({ kind }) => kind === 'integer',
  numberOf: (value) => (typeof value === 'number' && value <= max && value >= -max ? value : undefined),
  text: String,
});

const float = (oid: number, size: 4 | 8, write: BinaryForm['write']): BinaryForm => ({
  oid,
  size,
  write,
  // A double that goes into a real is rounded by the server.
  holds: (type) => type.kind === 'float' && type.bits <= size * 8,
  numberOf: (value) => (typeof value === 'number' ? value : undefined),
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
  if (typeof value !== 'number') return undefined;
  return inRange(type.kind === 'timestamp' && type.unit === 'ms' ? value * 1_000 : value);
};

const microsOfZoned = (value: unknown): number | undefined => (typeof value === 'string' ? onlyInRange(microsOfIsoText(value)) : undefined);

const onlyInRange = (micros: number | undefined): number | undefined => (micros === undefined ? undefined : inRange(micros));

const forms: Readonly<Record<string, BinaryForm>> = {
  boolean: {
    oid: 16,
    size: 1,
    holds: ({ kind }) => kind === 'boolean',
    numberOf: (value) => Number(value === true),
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
  bigint: {
    ...integer(20, 8, Number.MAX_SAFE_INTEGER, writeInt64),
    writeBig: (target, at, value) => {
      target.setBigInt64(at, value);
    },
  },
  real: float(700, 4, (target, at, value) => {
    target.setFloat32(at, value);
  }),
  'double precision': float(701, 8, (target, at, value) => {
    target.setFloat64(at, value);
  }),
  'timestamp without time zone': {
    oid: 1114,
    size: 8,
    holds: (type) => type.kind === 'timestamp' && type.unit !== 'ns',
    numberOf: microsOf,
    write: writeMicros,
    text: (value) => timestampText(value, 'us'),
  },
  'timestamp with time zone': {
    oid: 1184,
    size: 8,
    holds: ({ kind }) => kind === 'zoned-timestamp',
    numberOf: microsOfZoned,
    numberOfText: (source, start, end) => onlyInRange(microsOfIso(source, start, end)),
    write: writeMicros,
    text: (value) => `${timestampText(value, 'us')}Z`,
  },
};

/** By the catalog's name of a column's type; undefined where values travel as texts. */
export const binaryForm = (columnType: string): BinaryForm | undefined =>
  Object.hasOwn(forms, columnType) ? forms[columnType] : undefined;

import type { Difference, PlainRecord } from './compare-records.ts';
import { columnsOf, type AvroField } from './row-columns.ts';

/** A place where the two may differ, and why. Everything else must be the same. */
export interface Declared {
  readonly reason: string;
  /** Of `Difference.where`; columns may stand there in the form that avro_unicode gives their names. */
  readonly where: RegExp;
  /** Only if. Default: always. */
  readonly when?: (difference: Difference) => boolean;
}

const sourceOf = (record: PlainRecord | undefined): Readonly<Record<string, unknown>> =>
  (record?.value as { readonly source?: Readonly<Record<string, unknown>> } | null | undefined)?.source ?? {};

export const isSnapshot = ({ record }: Difference): boolean => sourceOf(record)['snapshot'] !== 'false';
const isLeftOut = ({ ours }: Difference): boolean => ours === undefined;

/** The column that a difference lies in. */
export const columnOf = ({ where, record }: Difference): AvroField | undefined => {
  const column = /\.value\.(?:before|after)\.([^.]+)$/.exec(where)?.[1];
  return columnsOf(record).find(({ name }) => name === column);
};

const isNullBesideDefault = (difference: Difference): boolean =>
  difference.ours === null && (columnOf(difference)?.default ?? null) !== null;

/** A 64-bit integer as records show it. */
const longOf = (value: unknown): bigint | undefined =>
  typeof value === 'string' && /^-?\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : undefined;

/** Microseconds of an interval, apart by what the rounding of a double is. */
const isRoundedTwice = (difference: Difference): boolean => {
  const [ours, peer] = [longOf(difference.ours), longOf(difference.peer)];
  if (ours === undefined || peer === undefined) return false;
  if (!JSON.stringify(columnOf(difference)?.type ?? null).includes('io.debezium.time.MicroDuration')) return false;
  const [apart = 0n, size = 0n] = [ours - peer, ours].map((value) => (value < 0n ? -value : value));
  return apart <= 1n + (size >> 51n);
};

/** Days since the epoch, or ISO text. */
const isBeforeGregorian = ({ ours }: Difference): boolean =>
  (typeof ours === 'number' && ours < -141_427) || (typeof ours === 'string' && (ours === 'infinity' || ours < '1582-10-15'));

/** Of all kinds of databases. */
export const declaredEverywhere: readonly Declared[] = [
  { where: /\]\.value\.ts_(ms|us|ns)$/, reason: 'When the connector built the event, by its own clock.' },
  { where: /\]\.headers\.__debezium\.context\.runId$/, reason: 'An id of the run.' },
  {
    where: /\]\.value\.(before|after)\.[^.]+$/,
    when: isNullBesideDefault,
    reason:
      'A null stays a null where the column has a default (ignore.default.for.nullables of the converter); the peer puts the default.',
  },
];

export const declared: readonly Declared[] = [
  ...declaredEverywhere,
  {
    where: /\]\.value\.source\.(ts_ms|ts_us|ts_ns|lsn|txId|sequence)$/,
    when: isSnapshot,
    reason: 'Each has a snapshot of its own, at its own time.',
  },
  {
    where: /(\.|__)parts\.\[\d+\]$/,
    when: isLeftOut,
    reason: 'The peer reads the rows of a partitioned table twice in a snapshot: as the root and as the partition.',
  },
  {
    where: /two_(u005f)?keys\..*\.key\.a$/,
    reason: 'A masked column is masked in keys too; the peer leaves keys in clear.',
  },
  {
    where: /^message\..*\.value\.transaction\.data_collection_order$/,
    reason: 'Messages are counted together; the peer counts each as a collection of its own, under the address of a Java object.',
  },
  {
    where: /generated\..*\.twice$/,
    when: isLeftOut,
    reason: 'A generated column is not in the log; the peer has it in the snapshot only.',
  },
  {
    where: /plain\..*\.fields\.note\.type(\.connect\.parameters\.__debezium\.source\.column\.comment)?$/,
    reason: 'Comments of columns, as documentation and beside the source type: the peer reads none of PostgreSQL.',
  },
  {
    where: /defaults\..*\.fields\.t\.(type\.\[0\]\.connect\.)?default$/,
    reason: 'The peer ends a default at the first quote in it.',
  },
  {
    where: /defaults\..*\.fields\.tinf\./,
    reason: 'The peer has an overflow where the default is infinity.',
  },
  {
    where: /\.c_(u005f)?dates?(\.\[0\])?$/,
    when: isBeforeGregorian,
    reason:
      'The peer takes a date before Christ for one after, and counts days of the Julian calendar in a snapshot; it has no infinity as ISO text.',
  },
  {
    where: /\.c_(u005f)?timetzs\.\[0\]$/,
    reason: "The peer's driver loses the fraction of a time in an array.",
  },
  {
    where: /\.c_(u005f)?name$/,
    when: ({ peer }) => peer === null,
    reason: 'The peer loses values of the type name in the stream.',
  },
  {
    where: /\.c_(oid|int2)vector\b/,
    reason: 'The peer takes these for arrays, and always for empty ones. Ours leaves them out, or has their text.',
  },
  {
    where: /\.c_bit_3s\b/,
    when: isLeftOut,
    reason: 'The peer has a column for arrays of bits, which is always null.',
  },
  {
    where: /\]\.value\.(before|after)\.[^.]+$/,
    when: isRoundedTwice,
    reason: 'An interval as a number: the peer reckons in fractions of seconds first and rounds twice, ours counts microseconds.',
  },
  {
    where: /\.(c_(box|circle|line|lseg|path|polygon|boxs\.\[0\])|p)$/,
    reason: 'Shapes as text (include.unknown.datatypes): the server prints 1, Java 1.0.',
  },
];

export const isDeclared = (difference: Difference, places: readonly Declared[]): boolean =>
  places.some(({ where, when }) => where.test(difference.where) && (when?.(difference) ?? true));

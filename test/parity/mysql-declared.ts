import type { Difference } from './compare-records.ts';
import { columnOf, declaredEverywhere, isSnapshot, type Declared } from './declared.ts';
import { documentOf, isDocument } from './row-columns.ts';

const isStreamed = (difference: Difference): boolean => !isSnapshot(difference);

/** Texts of one moment, one with as few fractional digits as it needs. */
const isSameMoment = ({ ours, peer }: Difference): boolean =>
  typeof ours === 'string' && typeof peer === 'string' && Date.parse(ours) === Date.parse(peer) && peer.length < ours.length;

const isNumber = ({ ours, peer }: Difference): boolean =>
  typeof ours === 'number' && typeof peer === 'number' && Math.abs(ours - peer) <= Math.abs(ours) / 1e5;

const isSameDocument = (difference: Difference): boolean => {
  const ours = documentOf(difference.ours);
  return isDocument(columnOf(difference)) && ours !== undefined && ours === documentOf(difference.peer);
};

const isZeroMoment = ({ ours, peer }: Difference): boolean => ours === null && String(peer).startsWith('1970-01-01T00:00:00');

const isTruncate = ({ record }: Difference): boolean => (record?.value as { readonly op?: string } | null | undefined)?.op === 't';

export const mysqlDeclared: readonly Declared[] = [
  ...declaredEverywhere,
  {
    where: /\]\.value\.transaction$/,
    when: (difference) => difference.ours === null && isTruncate(difference),
    reason: 'A truncate is a statement of its own; the peer begins a transaction with each that it never ends.',
  },
  {
    where: /\]\.value\.source\.(ts_ms|ts_us|ts_ns|file|pos)$/,
    when: isSnapshot,
    reason: 'Each has a snapshot of its own, at its own time.',
  },
  {
    where: /types_(times|required)\..*\.(dt6?|c_datetime\w*|c_(u005f)?datetime\w*)$/,
    when: isSnapshot,
    reason: 'In a snapshot the peer counts the days before October 1582 by the Julian calendar.',
  },
  {
    where: /\.(ts3|c_(u005f)?timestamp\w*|c\d+)$/,
    when: (difference) => isSnapshot(difference) && isSameMoment(difference),
    reason:
      'In a snapshot the peer writes as few fractional digits as it can, in the stream those of the type. Ours are those of the type.',
  },
  {
    where: /\.c_(u005f)?timestamp\w*$/,
    when: (difference) => isStreamed(difference) && isZeroMoment(difference),
    reason: 'A zero timestamp is null to both in a snapshot, and the epoch to the peer in the stream.',
  },
  {
    where: /types_required\..*\.ts3?$/,
    when: isSnapshot,
    reason: 'In a snapshot the peer takes the default of a required column for a zero timestamp.',
  },
  {
    where: /types_numbers\..*\.c_(u005f)?(float|double)\w*$/,
    when: (difference) => isSnapshot(difference) && isNumber(difference),
    reason: "In a snapshot the peer reads the server's text of a float, which is rounded.",
  },
  {
    where: /types_texts\..*\.c28_\w*$/,
    when: ({ ours, peer }) => ours === 'c,d' && peer === 'c\\,d',
    reason: 'The peer escapes the comma of a label in the value as well, in the stream only.',
  },
  {
    where: /\.c_(u005f)?time(_(u005f)?\d)?$/,
    when: ({ ours, peer }) => ours === null && peer === '00:00:00Z',
    reason: 'A time of 24 hours is none of a day, and null as all of them; the peer begins again from 0.',
  },
  {
    where: /plain\..*\.fields\.note\.type$/,
    reason: 'include.schema.comments: the peer shows no comments.',
  },
  {
    where: /\.(_copied_new|alike|copied|evolving|_?ghosted(_gho)?|late|g\d(_away)?)\..*source\.column\.length$/,
    when: ({ peer }) => peer === undefined,
    reason:
      'Of a column that a streamed statement made, the peer tells the length in the statement; ours is the one that the server shows.',
  },
  {
    where: /\]\.value\.(before|after)\.[^.]+$/,
    when: (difference) => isStreamed(difference) && isSameDocument(difference),
    reason: 'The peer spells out all digits of a large number in a document of the log.',
  },
  { where: /defaults\..*\.i8\.(type\.\[0\]\.connect\.)?default$/, reason: 'The peer loses digits of a long default.' },
  { where: /defaults\..*\.u8\.(type\.\[0\]\.connect\.)?default$/, reason: 'A default that wraps like the values; the peer cuts it.' },
  {
    where: /^PREFIX\.\[\d+\].*\.columns\.\w+\.length$/,
    when: ({ ours, peer }) => typeof ours === 'number' && peer === null,
    reason: 'As above, in the topic of schema changes.',
  },
  {
    where: /^PREFIX\.\[\d+\].*\.comment$/,
    when: ({ ours }) => ours === null,
    reason: 'The peer of MariaDB tells comments in the topic of schema changes, whether include.schema.comments is set or not.',
  },
  {
    where: /^PREFIX\.\[\d+\]\.value\.ddl$/,
    when: ({ ours, peer }) => peer === String(ours).replaceAll(/\n?\/\*![\s\S]*?\*\//g, ''),
    reason: 'The peer of MySQL leaves out what the server has put into a comment for versions: partitions.',
  },
  {
    where: /^PREFIX\.\[\d+\].*\.defaultValueExpression$/,
    when: ({ ours, peer }) => peer === String(ours).replaceAll("'", "''"),
    reason: 'The peer leaves a quote in a default doubled.',
  },
  { where: /defaults\..*\.v\.(type\.\[0\]\.connect\.)?default$/, reason: 'The peer leaves a quote in a default doubled.' },
];

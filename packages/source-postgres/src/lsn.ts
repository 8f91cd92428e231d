/**
 * A place in the write-ahead log, as its byte count. A number, not a bigint: it is exact to 2^53 bytes (8 PiB of log in the
 * life of a database) and costs nothing on the hot path.
 */
export type Lsn = number;

const HIGH = 0x1_0000_0000;

/** The eight bytes at `position`. */
export const readLsn = (buffer: Buffer, position: number): Lsn => buffer.readUInt32BE(position) * HIGH + buffer.readUInt32BE(position + 4);

export const writeLsn = (buffer: Buffer, lsn: Lsn, position: number): void => {
  buffer.writeUInt32BE(Math.floor(lsn / HIGH), position);
  buffer.writeUInt32BE(lsn % HIGH, position + 4);
};

/** `16/B374D848`, as PostgreSQL prints and reads it. */
export const lsnText = (lsn: Lsn): string =>
  `${Math.floor(lsn / HIGH)
    .toString(16)
    .toUpperCase()}/${(lsn % HIGH).toString(16).toUpperCase()}`;

/** The inverse of `lsnText`. Throws TypeError for anything else. */
export const parseLsn = (text: string): Lsn => {
  const [high, low, rest] = text.split('/');
  const lsn = parseInt(high ?? '', 16) * HIGH + parseInt(low ?? '', 16);
  if (rest !== undefined || Number.isNaN(lsn)) throw new TypeError(`"${text}" is not a log sequence number.`);
  return lsn;
};

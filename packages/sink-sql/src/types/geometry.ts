import type { Struct } from '@headrace/connector-api';

/**
 * Debezium's geometry structs. `wkb` is OGC well-known binary, or PostGIS's extended form, whose type word has a flag
 * and whose SRID follows it. Only the outermost geometry carries an SRID.
 */
const SRID_FLAG = 0x2000_0000;

export interface Geometry {
  /** Plain well-known binary, without SRID. */
  readonly wkb: Buffer;
  /** 0: none. */
  readonly srid: number;
}

export const geometryOf = (value: Struct): Geometry => {
  const bytes = value.get('wkb');
  if (!ArrayBuffer.isView(bytes) || bytes.byteLength < 5) throw new RangeError('its geometry has no well-known binary');
  const wkb = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const declared = value.get('srid');
  const srid = typeof declared === 'number' ? declared : 0;
  const isLittle = wkb[0] === 1;
  const type = isLittle ? wkb.readUInt32LE(1) : wkb.readUInt32BE(1);
  if ((type & SRID_FLAG) === 0) return { wkb, srid };
  const plain = Buffer.concat([wkb.subarray(0, 5), wkb.subarray(9)]);
  const plainType = (type & ~SRID_FLAG) >>> 0;
  if (isLittle) plain.writeUInt32LE(plainType, 1);
  else plain.writeUInt32BE(plainType, 1);
  return { wkb: plain, srid: isLittle ? wkb.readUInt32LE(5) : wkb.readUInt32BE(5) };
};

/** PostGIS's extended well-known binary, which keeps the SRID. */
export const extendedWkb = ({ wkb, srid }: Geometry): Buffer => {
  if (srid === 0) return wkb;
  const extended = Buffer.concat([wkb.subarray(0, 5), Buffer.alloc(4), wkb.subarray(5)]);
  if (wkb[0] === 1) {
    extended.writeUInt32LE((wkb.readUInt32LE(1) | SRID_FLAG) >>> 0, 1);
    extended.writeUInt32LE(srid, 5);
  } else {
    extended.writeUInt32BE((wkb.readUInt32BE(1) | SRID_FLAG) >>> 0, 1);
    extended.writeUInt32BE(srid, 5);
  }
  return extended;
};

/** A point by its coordinates, where the struct came without binary. */
export const pointGeometry = (value: Struct): Geometry => {
  if (ArrayBuffer.isView(value.get('wkb'))) return geometryOf(value);
  const srid = value.get('srid');
  const wkb = Buffer.alloc(21);
  wkb[0] = 1;
  wkb.writeUInt32LE(1, 1);
  wkb.writeDoubleLE(value.get('x') as number, 5);
  wkb.writeDoubleLE(value.get('y') as number, 13);
  return { wkb, srid: typeof srid === 'number' ? srid : 0 };
};

/** What MySQL stores and also accepts as a value: four bytes of SRID, little-endian, then well-known binary. */
export const mysqlGeometry = ({ wkb, srid }: Geometry): Buffer => {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32LE(srid);
  return Buffer.concat([prefix, wkb]);
};

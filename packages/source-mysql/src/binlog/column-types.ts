/** Type bytes of columns in table maps (MySQL's `enum_field_types`, MariaDB's additions at 140 and 141). */
export const columnType = {
  decimal: 0,
  tiny: 1,
  short: 2,
  long: 3,
  float: 4,
  double: 5,
  null: 6,
  timestamp: 7,
  longlong: 8,
  int24: 9,
  date: 10,
  time: 11,
  datetime: 12,
  year: 13,
  newDate: 14,
  varchar: 15,
  bit: 16,
  timestamp2: 17,
  datetime2: 18,
  time2: 19,
  blobCompressed: 140,
  varcharCompressed: 141,
  vector: 242,
  json: 245,
  newDecimal: 246,
  enum: 247,
  set: 248,
  tinyBlob: 249,
  mediumBlob: 250,
  longBlob: 251,
  blob: 252,
  varString: 253,
  string: 254,
  geometry: 255,
} as const;

const numeric = new Set<number>([
  columnType.tiny,
  columnType.short,
  columnType.long,
  columnType.float,
  columnType.double,
  columnType.longlong,
  columnType.int24,
  columnType.year,
  columnType.newDecimal,
]);

const character = new Set<number>([
  columnType.varchar,
  columnType.varString,
  columnType.string,
  columnType.blob,
  columnType.blobCompressed,
  columnType.varcharCompressed,
]);

/** Columns that have a bit in the signedness field. */
export const isNumeric = (type: number): boolean => numeric.has(type);
/** Columns that have an entry in the character set fields. */
export const isCharacter = (type: number): boolean => character.has(type);
/** The same in the log of MariaDB, to which a shape is a blob. */
export const isCharacterOrShape = (type: number): boolean => type === columnType.geometry || character.has(type);
export const isEnumOrSet = (type: number): boolean => type === columnType.enum || type === columnType.set;

const oneByteMetadata = new Set<number>([
  columnType.float,
  columnType.double,
  columnType.blob,
  columnType.geometry,
  columnType.json,
  columnType.vector,
  columnType.timestamp2,
  columnType.datetime2,
  columnType.time2,
  columnType.blobCompressed,
]);

const twoBytesMetadata = new Set<number>([
  columnType.varchar,
  columnType.varString,
  columnType.bit,
  columnType.newDecimal,
  columnType.varcharCompressed,
]);

/** Bytes of metadata a column has in a table map, but for those of `hasStringMetadata`. */
export const metadataBytes = (type: number): number => (oneByteMetadata.has(type) ? 1 : twoBytesMetadata.has(type) ? 2 : 0);

/** Two bytes that hold the real type and the length. */
export const hasStringMetadata = (type: number): boolean => type === columnType.string || isEnumOrSet(type);

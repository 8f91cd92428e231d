/** Property and schema names that Confluent's Avro mapping (AvroData) puts into Avro schemas and Connect parameters. */
const namespace = 'io.confluent.connect.avro';

export const avroNames = {
  namespace,
  defaultRecord: 'ConnectDefault',
  mapEntry: 'MapEntry',
  union: `${namespace}.Union`,
  enumeration: `${namespace}.Enum`,
  enumDoc: `${namespace}.enum.doc.`,
  enumDefault: `${namespace}.enum.default.`,
  recordDoc: `${namespace}.record.doc`,
  fieldDoc: `${namespace}.field.doc.`,
  fieldDefault: `${namespace}.field.default`,
  decimalPrecision: 'connect.decimal.precision',
} as const;

/** Precision written for a Decimal whose schema names none. */
export const DEFAULT_DECIMAL_PRECISION = 64;

export interface AvroName {
  readonly namespace: string | undefined;
  readonly name: string;
}

/** Splits at the last dot. */
export const splitName = (fullName: string): AvroName => {
  const dot = fullName.lastIndexOf('.');
  return dot < 0 ? { namespace: undefined, name: fullName } : { namespace: fullName.slice(0, dot), name: fullName.slice(dot + 1) };
};

export const joinName = ({ namespace: space, name }: AvroName): string => (space === undefined ? name : `${space}.${name}`);

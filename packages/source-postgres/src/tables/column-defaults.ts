import { Struct, type Schema } from '@headrace/connector-api';
import { typeNames } from '@headrace/cdc';
import type { ColumnType } from '../types/column-type.ts';
import { RowBytes } from '../types/row-bytes.ts';

/**
 * What stands for a required value nobody knows, by schema: zero, false, empty, the epoch, `{}`. It is the default of
 * columns whose own default is computed (serial), and fills old rows beyond the replica identity.
 */
export const zeroValue = (schema: Schema): unknown => {
  switch (schema.type) {
    case 'boolean':
      return false;
    case 'string':
      return zeroTexts[schema.name ?? ''] ?? '';
    case 'bytes':
      return schema.name === 'org.apache.kafka.connect.data.Decimal' ? Buffer.alloc(1) : Buffer.alloc(0);
    case 'array':
      return [];
    case 'map':
      return new Map();
    case 'struct':
      return new Struct(
        schema,
        schema.fields.map((field) => (field.schema.isOptional ? null : zeroValue(field.schema))),
      );
    default:
      return 0;
  }
};

const zeroTexts: Readonly<Record<string, string>> = {
  [typeNames.json]: '{}',
  [typeNames.zonedTimestamp]: '1970-01-01T00:00:00Z',
  [typeNames.zonedTime]: '00:00:00Z',
  [typeNames.isoDate]: '1970-01-01Z',
  [typeNames.isoTime]: '00:00:00Z',
  [typeNames.isoTimestamp]: '1970-01-01T00:00:00Z',
  [typeNames.interval]: 'P0Y0M0DT0H0M0S',
};

/** Literals as pg_get_expr prints them: `'it''s'::text`, `(-1)`, `1.5`, `true`, `B'101'::"bit"`, all maybe with a cast. */
const LITERAL = /^\(?(?:B?'((?:[^']|'')*)'|(-?[\d.]+)|(true|false))\)?(?:::.*)?$/s;

/**
 * The schema default of a column: the literal of its DEFAULT; the zero value for a required column whose default is
 * computed; undefined where there is none. Structs and arrays have no default in Debezium's schemas.
 */
export const schemaDefault = (type: ColumnType, isRequired: boolean, expression: string | null): unknown => {
  if (expression === null || type.schema.type === 'struct' || type.schema.type === 'array') return undefined;
  const literal = LITERAL.exec(expression);
  if (literal === null) return isRequired && !expression.startsWith('NULL::') ? zeroValue(type.schema) : undefined;
  const [, quoted, number, truth] = literal;
  const text = Buffer.from(quoted?.replaceAll("''", "'") ?? number ?? (truth === 'true' ? 't' : 'f'));
  try {
    return type.decode(new RowBytes(text), 0, text.length);
  } catch {
    return undefined;
  }
};

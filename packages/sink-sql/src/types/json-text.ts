import type { Struct } from '@headrace/connector-api';
import type { LogicalType } from './logical-type.ts';
import { plainText, type TextOf } from './plain-text.ts';

const jsonOf = (type: LogicalType): TextOf => {
  const text = jsonText(type);
  return (value) => (value === null || value === undefined ? 'null' : text(value));
};

const quoted =
  (text: TextOf): TextOf =>
  (value) =>
    JSON.stringify(text(value));

/** JSON of arrays and maps, for databases without such types. Numbers keep all their digits; bytes are base64. */
export const jsonText = (type: LogicalType): TextOf => {
  switch (type.kind) {
    case 'boolean':
    case 'integer':
    case 'year':
    case 'micro-duration':
    case 'decimal':
    case 'variable-decimal':
      return plainText(type);
    case 'float':
      return (value) => (Number.isFinite(value) ? plainText(type)(value) : JSON.stringify(String(value)));
    case 'array': {
      const item = jsonOf(type.items);
      return (value) => `[${(value as readonly unknown[]).map(item).join(',')}]`;
    }
    case 'map': {
      const key = quoted(plainText(type.keys));
      const item = jsonOf(type.values);
      return (value) => `{${[...(value as Map<unknown, unknown>)].map(([name, entry]) => `${key(name)}:${item(entry)}`).join(',')}}`;
    }
    case 'point':
    case 'geometry':
      return (value) => JSON.stringify((value as Struct).toObject());
    default:
      return quoted(plainText(type));
  }
};

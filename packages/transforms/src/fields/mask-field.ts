import { decimalBytes, logicalNames, type Schema, type TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { types } from 'node:util';
import { parseConfig } from '../parse-config.ts';
import { transformOfBothSides, unsuitable } from '../shape/side.ts';
import { structTransform } from '../shape/struct-transform.ts';

const config = defineConfig({
  fields: { type: 'LIST', importance: 'HIGH', doc: 'Fields to mask.' },
  replacement: { type: 'STRING', default: null, importance: 'LOW', doc: 'What numbers and texts become; default 0 and the empty text.' },
});

/** Puts the zero of its type, or a replacement, in the place of a field's value; a null stays null. */
export const maskField: readonly TransformPlugin[] = transformOfBothSides('MaskField', config, (raw, side) => {
  const { fields, replacement } = parseConfig(config, raw);
  return structTransform(side, {
    name: 'MaskField',
    plan: (schema) => {
      const masks = new Map(
        schema.fields.filter(({ name }) => fields.includes(name)).map((field) => [field.index, maskOf(field.schema, replacement)]),
      );
      return {
        schema,
        values: (struct) => struct.values.map((value, index) => (value === null || !masks.has(index) ? value : masks.get(index))),
      };
    },
    map: (map) => {
      for (const name of fields) {
        const value = map.get(name);
        if (value !== null && value !== undefined) map.set(name, plainMask(value, replacement));
      }
      return map;
    },
  });
});

const maskOf = (schema: Schema, replacement: string | null): unknown => {
  switch (schema.type) {
    case 'boolean':
      return false;
    case 'string':
      return replacement ?? '';
    case 'array':
      return [];
    case 'map':
      return new Map();
    case 'bytes':
      if (schema.name !== logicalNames.decimal) throw unsuitable('MaskField', 'bytes and structs have no mask');
      return decimalBytes(replacement ?? '0', Number(schema.parameters?.['scale'] ?? 0));
    case 'struct':
      throw unsuitable('MaskField', 'bytes and structs have no mask');
    default:
      return numberMask(replacement);
  }
};

const numberMask = (replacement: string | null): number => {
  const value = Number(replacement ?? '0');
  if (Number.isNaN(value)) throw unsuitable('MaskField', 'the replacement of a number is not a number');
  return value;
};

const plainMask = (value: unknown, replacement: string | null): unknown => {
  if (typeof value === 'boolean') return false;
  if (typeof value === 'string') return replacement ?? '';
  if (typeof value === 'number' || typeof value === 'bigint') return numberMask(replacement);
  if (Array.isArray(value)) return [];
  if (types.isMap(value)) return new Map();
  throw unsuitable('MaskField', 'a value of this type has no mask');
};

import { decimalBytes, int64, logicalNames, type Schema, type SchemaType, type TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { types } from 'node:util';
import { parseConfig } from '../parse-config.ts';
import { nullDefaultKey } from '../shape/null-defaults.ts';
import { notEmpty, transformOfBothSides, unsuitable } from '../shape/side.ts';
import { structTransform } from '../shape/struct-transform.ts';

const config = defineConfig({
  fields: { type: 'LIST', importance: 'HIGH', doc: 'Fields to mask.', validate: notEmpty },
  replacement: {
    type: 'STRING',
    default: null,
    importance: 'LOW',
    doc: 'What numbers and texts become; default 0 and the empty text.',
    validate: notEmpty,
  },
  ...nullDefaultKey,
});

/** Puts the zero of its type, or a replacement, in the place of a field's value; a null stays null. */
export const maskField: readonly TransformPlugin[] = transformOfBothSides('MaskField', config, (raw, side) => {
  const { fields, replacement, 'replace.null.with.default': isNullReplaced } = parseConfig(config, raw);
  return structTransform(side, {
    name: 'MaskField',
    isNullReplaced,
    plan: (schema) => {
      const masks = new Map(
        schema.fields
          .filter(({ name }) => fields.includes(name))
          .map((field) => [field.index, lazy(() => maskOf(field.schema, replacement))]),
      );
      return {
        schema,
        values: (struct) => struct.values.map((value, index) => (value === null ? null : (masks.get(index)?.() ?? value))),
      };
    },
    map: (map) => {
      for (const name of fields) {
        const value = map.get(name) ?? null;
        map.set(name, value === null ? null : plainMask(value, replacement));
      }
      return map;
    },
  });
});

/** A field of a type without a mask is an error only where it has a value. */
const lazy = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
};

const maskOf = (schema: Schema, replacement: string | null): unknown => {
  if (schema.name === logicalNames.decimal) return decimalBytes(replacement ?? '0', Number(schema.parameters?.['scale'] ?? 0));
  if (schema.type === 'string') return replacement ?? '';
  if (schema.type in numberBits && !isTime(schema)) return numberMask(replacement, numberBits[schema.type as keyof typeof numberBits]);
  if (replacement !== null) throw unsuitable('MaskField', `a field of type ${schema.type} takes no replacement`);
  const zero = zeroes[schema.type];
  if (zero === undefined) throw unsuitable('MaskField', 'bytes and structs have no mask');
  return zero();
};

/** Of what is neither a text nor a number to count with. */
const zeroes: Readonly<Partial<Record<SchemaType, () => unknown>>> = {
  boolean: () => false,
  array: () => [],
  map: () => new Map(),
  int32: () => 0,
  int64: () => 0,
};

const isTime = ({ name }: Schema): boolean => name === logicalNames.date || name === logicalNames.time || name === logicalNames.timestamp;

/** Width of the whole numbers; a fraction has none. */
const numberBits = { int8: 8, int16: 16, int32: 32, int64: 64, float32: undefined, float64: undefined } as const;

/** As Java narrows: high bits fall away. */
const numberMask = (replacement: string | null, bits: number | undefined): number | bigint => {
  const text = replacement ?? '0';
  if (bits === undefined ? Number.isNaN(Number(text)) : !/^[+-]?\d+$/.test(text))
    throw unsuitable('MaskField', 'the replacement of a number is not a number of its type');
  return bits === undefined ? Number(text) : int64(BigInt.asIntN(bits, BigInt(text.replace(/^\+/, ''))));
};

const plainMask = (value: unknown, replacement: string | null): unknown => {
  if (typeof value === 'string') return replacement ?? '';
  if (typeof value === 'number' || typeof value === 'bigint')
    return numberMask(replacement, Number.isInteger(Number(value)) ? 64 : undefined);
  if (replacement !== null) throw unsuitable('MaskField', 'only numbers and texts take a replacement');
  if (typeof value === 'boolean') return false;
  if (Array.isArray(value)) return [];
  if (types.isMap(value)) return new Map();
  throw unsuitable('MaskField', 'a value of this type has no mask');
};

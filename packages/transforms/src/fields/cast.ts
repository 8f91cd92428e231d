import { int64, logicalNames, primitive, structOf, type PrimitiveSchema, type Schema, type TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { types } from 'node:util';
import { parseConfig } from '../parse-config.ts';
import { transformOfBothSides, unsuitable, type Side } from '../shape/side.ts';
import { basicsOf, planCache, structTransform } from '../shape/struct-transform.ts';

const TYPES = ['int8', 'int16', 'int32', 'int64', 'float32', 'float64', 'boolean', 'string'] as const;
type Target = (typeof TYPES)[number];

const isTarget = (text: string): text is Target => (TYPES as readonly string[]).includes(text);

interface Spec {
  readonly fields: ReadonlyMap<string, Target>;
  /** For the whole key or value. */
  readonly whole: Target | undefined;
}

const parseSpec = (entries: readonly string[]): Spec | undefined => {
  const pairs = entries.map((entry) => entry.split(':').map((part) => part.trim()));
  const targets = pairs.map((pair) => (pair.at(-1) ?? '').toLowerCase());
  if (pairs.some((pair) => pair.length > 2) || !targets.every(isTarget)) return undefined;
  const bare = pairs.filter((pair) => pair.length === 1);
  if (bare.length > 1 || (bare.length === 1 && pairs.length > 1)) return undefined;
  return {
    fields: new Map(pairs.filter((pair) => pair.length === 2).map(([name = '', type = '']) => [name, type.toLowerCase() as Target])),
    whole: bare.length === 1 ? targets[0] : undefined,
  };
};

const config = defineConfig({
  spec: {
    type: 'LIST',
    importance: 'HIGH',
    doc: `Pairs field:type, or one type for the whole: ${TYPES.join(', ')}.`,
    validate: (entries) => (parseSpec(entries) === undefined ? `must be pairs field:type or one type of ${TYPES.join(', ')}` : undefined),
  },
  'replace.null.with.default': { type: 'BOOLEAN', default: 'false', importance: 'MEDIUM', doc: 'Read a null as the default of its field.' },
});

/** Changes the type of fields, or of the whole key or value. Schema names go: what was a date is a number then. */
export const cast: readonly TransformPlugin[] = transformOfBothSides('Cast', config, (raw, side) => {
  const settings = parseConfig(config, raw);
  const { fields, whole } = parseSpec(settings.spec) ?? { fields: new Map<string, Target>(), whole: undefined };
  if (whole !== undefined) return castWhole(whole, side);
  return structTransform(side, {
    name: 'Cast',
    plan: (schema) => {
      const targets = schema.fields.map((field) => ({ field, target: fields.get(field.name) }));
      return {
        schema: structOf(
          targets.map(({ field, target }) => [field.name, target === undefined ? field.schema : castSchema(field.schema, target)]),
          basicsOf(schema),
        ),
        values: (struct) =>
          targets.map(({ field, target }) => {
            const value =
              struct.values[field.index] ?? (settings['replace.null.with.default'] ? (field.schema.defaultValue ?? null) : null);
            return target === undefined ? value : castValue(value, target, field.schema);
          }),
      };
    },
    map: (map) => {
      for (const [name, target] of fields) if (map.has(name)) map.set(name, castValue(map.get(name), target, null));
      return map;
    },
  });
});

const castWhole = (target: Target, side: Side) => {
  const planned = planCache((schema: Schema) => castSchema(schema, target));
  return <R extends Parameters<Side['valueOf']>[0]>(record: R): R => {
    const schema = side.schemaOf(record);
    const value = castValue(side.valueOf(record), target, schema);
    return side.replace(record, schema === null ? null : planned(schema), value);
  };
};

const castSchema = (schema: Schema, target: Target): PrimitiveSchema => {
  if (schema.type === 'struct' || schema.type === 'array' || schema.type === 'map')
    throw unsuitable('Cast', `a ${schema.type} cannot be cast`);
  const { isOptional, doc, defaultValue } = schema;
  return primitive(target, {
    isOptional,
    ...(doc === undefined ? {} : { doc }),
    ...(defaultValue === undefined || defaultValue === null ? {} : { defaultValue: castValue(defaultValue, target, schema) }),
  });
};

const castValue = (value: unknown, target: Target, schema: Schema | null): unknown => {
  if (value === null || value === undefined) return null;
  if (target === 'string') return textOf(value, schema);
  if (target === 'boolean') return booleanOf(value);
  if (target === 'float32' || target === 'float64') {
    const number = Number(numeric(value, false));
    return target === 'float32' ? Math.fround(number) : number;
  }
  return narrow(numeric(value, true), target, typeof value === 'string');
};

const booleanOf = (value: unknown): boolean => {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return value.toLowerCase() === 'true';
  return Number(numeric(value, false)) !== 0;
};

const numeric = (value: unknown, isWhole: boolean): number | bigint => {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string') throw unsuitable('Cast', 'a value of this type cannot become a number');
  const text = value.trim();
  if (!(isWhole ? /^[+-]?\d+$/ : /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/).test(text))
    throw unsuitable('Cast', 'a text is not a number of the wanted type');
  return isWhole ? BigInt(text.replace(/^\+/, '')) : Number(text);
};

const bits = { int8: 8, int16: 16, int32: 32, int64: 64 } as const;

/** As Java narrows: fractions are cut off, high bits fall away; only texts out of range are refused. */
const narrow = (value: number | bigint, target: keyof typeof bits, isText: boolean): number | bigint => {
  const whole = typeof value === 'bigint' ? value : BigInt(saturated(Math.trunc(value), target));
  const wrapped = BigInt.asIntN(bits[target], whole);
  if (isText && wrapped !== whole) throw unsuitable('Cast', 'a text is a number out of range');
  return int64(wrapped);
};

const saturated = (value: number, target: keyof typeof bits): number | bigint => {
  if (Number.isNaN(value)) return 0;
  const limit = target === 'int64' ? 2n ** 63n : 2n ** 31n;
  if (value >= Number(limit)) return limit - 1n;
  return value < -Number(limit) ? -limit : value;
};

const textOf = (value: unknown, schema: Schema | null): string => {
  if (types.isUint8Array(value)) return Buffer.from(value).toString('base64');
  if (typeof value === 'number') return numberText(value, schema);
  if (typeof value === 'string' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  throw unsuitable('Cast', 'a value of this type cannot become a text');
};

const numberText = (value: number, schema: Schema | null): string => {
  if (schema?.name === logicalNames.timestamp) return new Date(value).toISOString();
  if (schema?.name === logicalNames.date) return new Date(value * 86_400_000).toISOString().slice(0, 10);
  const isFraction = schema?.type === 'float64' || schema?.type === 'float32';
  return isFraction && Number.isInteger(value) ? `${String(value)}.0` : String(value);
};

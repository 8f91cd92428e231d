import { primitive, structOf, type PrimitiveSchema, type Schema, type TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { parseConfig } from '../parse-config.ts';
import { nullDefaultKey } from '../shape/null-defaults.ts';
import { transformOfBothSides, unsuitable, type Side } from '../shape/side.ts';
import { basicsOf, planCache, structTransform } from '../shape/struct-transform.ts';
import { castTargets, castValue, type CastTarget } from './cast-value.ts';

const isTarget = (text: string): text is CastTarget => (castTargets as readonly string[]).includes(text);

interface Spec {
  readonly fields: ReadonlyMap<string, CastTarget>;
  /** For the whole key or value. */
  readonly whole: CastTarget | undefined;
}

const parseSpec = (entries: readonly string[]): Spec | undefined => {
  const pairs = entries.map((entry) => entry.split(':').map((part) => part.trim()));
  const targets = pairs.map((pair) => (pair.at(-1) ?? '').toLowerCase());
  if (entries.length === 0 || pairs.some((pair) => pair.length > 2) || !targets.every(isTarget)) return undefined;
  const bare = pairs.filter((pair) => pair.length === 1);
  if (bare.length > 1 || (bare.length === 1 && pairs.length > 1)) return undefined;
  return {
    fields: new Map(pairs.filter((pair) => pair.length === 2).map(([name = '', type = '']) => [name, type.toLowerCase() as CastTarget])),
    whole: bare.length === 1 ? targets[0] : undefined,
  };
};

const config = defineConfig({
  spec: {
    type: 'LIST',
    importance: 'HIGH',
    doc: `Pairs field:type, or one type for the whole: ${castTargets.join(', ')}.`,
    validate: (entries) =>
      parseSpec(entries) === undefined ? `must be pairs field:type or one type of ${castTargets.join(', ')}` : undefined,
  },
  ...nullDefaultKey,
});

/** Changes the type of fields, or of the whole key or value. Schema names go: what was a date is a number then. */
export const cast: readonly TransformPlugin[] = transformOfBothSides('Cast', config, (raw, side) => {
  const settings = parseConfig(config, raw);
  const { fields, whole } = parseSpec(settings.spec) ?? { fields: new Map<string, CastTarget>(), whole: undefined };
  if (whole !== undefined) return castWhole(whole, side);
  return structTransform(side, {
    name: 'Cast',
    isNullReplaced: settings['replace.null.with.default'],
    plan: (schema) => {
      const targets = schema.fields.map((field) => ({ field, target: fields.get(field.name) }));
      return {
        schema: structOf(
          targets.map(({ field, target }) => [field.name, target === undefined ? field.schema : castSchema(field.schema, target)]),
          basicsOf(schema),
        ),
        values: (struct) =>
          targets.map(({ field, target }) => {
            const value = struct.values[field.index] ?? null;
            return target === undefined ? value : castValue(value, target, field.schema);
          }),
      };
    },
    map: (map) => {
      for (const [name, target] of fields) map.set(name, castValue(map.get(name), target, null));
      return map;
    },
  });
});

const castWhole = (target: CastTarget, side: Side) => {
  const planned = planCache((schema: Schema) => castSchema(schema, target));
  return <R extends Parameters<Side['valueOf']>[0]>(record: R): R => {
    const schema = side.schemaOf(record);
    const value = castValue(side.valueOf(record), target, schema);
    return side.replace(record, schema === null ? null : planned(schema), value);
  };
};

const castSchema = (schema: Schema, target: CastTarget): PrimitiveSchema => {
  if (schema.type === 'struct' || schema.type === 'array' || schema.type === 'map')
    throw unsuitable('Cast', `a ${schema.type} cannot be cast`);
  const { isOptional, defaultValue } = schema;
  return primitive(target, {
    isOptional,
    ...(defaultValue === undefined || defaultValue === null ? {} : { defaultValue: castValue(defaultValue, target, schema) }),
  });
};

import type { TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { parseConfig } from '../parse-config.ts';
import { nullDefaultKey } from '../shape/null-defaults.ts';
import { transformOfBothSides } from '../shape/side.ts';
import { reshaped, structTransform } from '../shape/struct-transform.ts';

const config = defineConfig({
  exclude: { type: 'LIST', default: '', importance: 'MEDIUM', doc: 'Fields to leave out.' },
  include: { type: 'LIST', default: '', importance: 'MEDIUM', doc: 'Fields to keep; empty for all.' },
  renames: {
    type: 'LIST',
    default: '',
    importance: 'MEDIUM',
    doc: 'Pairs old:new.',
    validate: (pairs) =>
      pairs.every((pair) => pair === '' || pair.split(':').length === 2) ? undefined : 'must be a list of pairs old:new',
  },
  ...nullDefaultKey,
});

/** Leaves fields out and renames others. */
export const replaceField: readonly TransformPlugin[] = transformOfBothSides('ReplaceField', config, (raw, side) => {
  const { exclude, include, renames, 'replace.null.with.default': isNullReplaced } = parseConfig(config, raw);
  const newNames = new Map(renames.filter((pair) => pair !== '').map((pair) => pair.split(':') as [string, string]));
  const kept = new Set(include.filter((name) => name !== ''));
  const isKept = (name: string): boolean => !exclude.includes(name) && (kept.size === 0 || kept.has(name));
  const nameOf = (name: string): string => newNames.get(name) ?? name;
  return structTransform(side, {
    name: 'ReplaceField',
    isNullReplaced,
    plan: (schema) => {
      const fields = schema.fields.filter((field) => isKept(field.name));
      return {
        schema: reshaped(
          'ReplaceField',
          schema,
          fields.map((field) => [nameOf(field.name), field.schema]),
        ),
        values: (struct) => fields.map((field) => struct.values[field.index]),
      };
    },
    map: (map) => new Map([...map].filter(([name]) => isKept(name)).map(([name, value]) => [nameOf(name), value])),
  });
});

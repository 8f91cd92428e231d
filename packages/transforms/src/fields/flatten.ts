import { Struct, type Schema, type TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { types } from 'node:util';
import { parseConfig } from '../parse-config.ts';
import { nullDefaultKey } from '../shape/null-defaults.ts';
import { transformOfBothSides, unsuitable } from '../shape/side.ts';
import { reshaped, structTransform } from '../shape/struct-transform.ts';

const config = defineConfig({
  delimiter: { type: 'STRING', default: '.', importance: 'MEDIUM', doc: 'What stands between the names of the levels.' },
  ...nullDefaultKey,
});

/** Nested structs become fields of the outermost, named by their path; arrays stay as they are. */
export const flatten: readonly TransformPlugin[] = transformOfBothSides('Flatten', config, (raw, side) => {
  const { delimiter, 'replace.null.with.default': isNullReplaced } = parseConfig(config, raw);
  return structTransform(side, {
    name: 'Flatten',
    plan: (schema) => {
      const leaves = leavesOf(schema, { delimiter, prefix: '', path: [], isOptional: false });
      return {
        schema: reshaped(
          'Flatten',
          schema,
          leaves.map(({ name, schema: leaf }) => [name, leaf]),
        ),
        values: (struct) =>
          leaves.map(({ path, schema: leaf }) => valueAt(struct, path) ?? (isNullReplaced ? (leaf.defaultValue ?? null) : null)),
      };
    },
    map: (map) => new Map(entriesOf(map, '', delimiter)),
  });
});

interface Leaf {
  readonly name: string;
  readonly path: readonly number[];
  readonly schema: Schema;
}

interface Branch {
  readonly delimiter: string;
  readonly prefix: string;
  readonly path: readonly number[];
  /** An absent struct makes every field in it absent. */
  readonly isOptional: boolean;
}

const leavesOf = (schema: Schema & { readonly type: 'struct' }, branch: Branch): readonly Leaf[] =>
  schema.fields.flatMap((field) => {
    const name = branch.prefix + field.name;
    const path = [...branch.path, field.index];
    const isOptional = branch.isOptional || field.schema.isOptional;
    if (field.schema.type === 'map') throw unsuitable('Flatten', `its field "${name}" is a map, which has no fixed names`);
    if (field.schema.type === 'struct') return leavesOf(field.schema, { ...branch, prefix: name + branch.delimiter, path, isOptional });
    return [{ name, path, schema: field.schema.isOptional === isOptional ? field.schema : { ...field.schema, isOptional } }];
  });

const valueAt = (struct: Struct, path: readonly number[]): unknown => {
  let value: unknown = struct;
  for (const index of path) value = value instanceof Struct ? value.values[index] : null;
  return value ?? null;
};

const entriesOf = (map: ReadonlyMap<string, unknown>, prefix: string, delimiter: string): readonly (readonly [string, unknown])[] =>
  [...map].flatMap(([name, value]) =>
    types.isMap(value)
      ? entriesOf(value as ReadonlyMap<string, unknown>, prefix + name + delimiter, delimiter)
      : [[prefix + name, value] as const],
  );

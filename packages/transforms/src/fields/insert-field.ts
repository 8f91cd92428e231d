import { int64, logicalNames, primitive, type ConnectRecord, type Schema, type TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { invalid, parseConfig } from '../parse-config.ts';
import { nullDefaultKey } from '../shape/null-defaults.ts';
import { transformOfBothSides, unsuitable } from '../shape/side.ts';
import { reshaped, structTransform } from '../shape/struct-transform.ts';

const name = (what: string) =>
  ({
    type: 'STRING',
    default: null,
    importance: 'MEDIUM',
    doc: `Name of the field with ${what}; a trailing ! makes it required, ? optional (default).`,
  }) as const;

const config = defineConfig({
  'topic.field': name('the topic'),
  'partition.field': name('the partition'),
  'offset.field': name('the offset (sinks)'),
  'timestamp.field': name("the record's timestamp"),
  'static.field': name('the constant text'),
  'static.value': { type: 'STRING', default: null, importance: 'MEDIUM', doc: 'The constant text.' },
  ...nullDefaultKey,
});

interface Insertion {
  readonly name: string;
  readonly schema: Schema;
  readonly valueOf: (record: ConnectRecord) => unknown;
}

/** Adds fields that say where a record is from, when it is from, or always the same. */
export const insertField: readonly TransformPlugin[] = transformOfBothSides('InsertField', config, (raw, side) => {
  const settings = parseConfig(config, raw);
  const insertions = [
    insertion(
      settings['topic.field'],
      (isOptional) => primitive('string', { isOptional }),
      (record) => record.topic,
    ),
    insertion(
      settings['partition.field'],
      (isOptional) => primitive('int32', { isOptional }),
      (record) => record.partition ?? null,
    ),
    insertion(settings['offset.field'], (isOptional) => primitive('int64', { isOptional }), offsetOf),
    insertion(
      settings['timestamp.field'],
      (isOptional) => primitive('int64', { isOptional, name: logicalNames.timestamp, version: 1 }),
      (record) => record.timestamp ?? null,
    ),
    insertion(
      settings['static.field'],
      (isOptional) => primitive('string', { isOptional }),
      () => settings['static.value'],
    ),
  ].filter((item) => item !== undefined);
  if (insertions.length === 0) throw invalid('topic.field', 'No field to insert is given.');
  if (given(settings['static.field']) && settings['static.value'] === null)
    throw invalid('static.value', 'The static.field has no static.value.');
  return structTransform(side, {
    name: 'InsertField',
    isNullReplaced: settings['replace.null.with.default'],
    plan: (schema) => ({
      schema: reshaped('InsertField', schema, [
        ...schema.fields.map((field) => [field.name, field.schema] as const),
        ...insertions.map((item) => [item.name, item.schema] as const),
      ]),
      values: (struct, record) => [...struct.values, ...insertions.map((item) => valueFor(item, record))],
    }),
    map: (map, record) => {
      for (const item of insertions) {
        const value = item.valueOf(record);
        if (value !== null) map.set(item.name, value);
      }
      return map;
    },
  });
});

const given = (text: string | null): text is string => text !== null && text !== '';

const valueFor = ({ name, schema, valueOf }: Insertion, record: ConnectRecord): unknown => {
  const value = valueOf(record);
  if (value === null && !schema.isOptional) throw unsuitable('InsertField', `it has no value for the required field "${name}"`);
  return value;
};

const insertion = (
  text: string | null,
  schemaOf: (isOptional: boolean) => Schema,
  valueOf: (record: ConnectRecord) => unknown,
): Insertion | undefined => {
  if (!given(text)) return undefined;
  const isRequired = text.endsWith('!');
  return { name: isRequired || text.endsWith('?') ? text.slice(0, -1) : text, schema: schemaOf(!isRequired), valueOf };
};

const offsetOf = (record: ConnectRecord): unknown => {
  if (!('offset' in record) || typeof record.offset !== 'bigint') throw unsuitable('InsertField', 'only records of sinks have an offset');
  return int64(record.offset);
};

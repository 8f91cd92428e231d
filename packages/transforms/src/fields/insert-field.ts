import { logicalNames, primitive, structOf, type ConnectRecord, type Schema, type TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { parseConfig } from '../parse-config.ts';
import { transformOfBothSides } from '../shape/side.ts';
import { basicsOf, structTransform } from '../shape/struct-transform.ts';

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
});

interface Insertion {
  readonly name: string;
  readonly schema: Schema;
  valueOf(record: ConnectRecord): unknown;
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
  return structTransform(side, {
    name: 'InsertField',
    plan: (schema) => ({
      schema: structOf(
        [
          ...schema.fields.map((field) => [field.name, field.schema] as const),
          ...insertions.map((item) => [item.name, item.schema] as const),
        ],
        basicsOf(schema),
      ),
      values: (struct, record) => [...struct.values, ...insertions.map((item) => item.valueOf(record))],
    }),
    map: (map, record) => {
      for (const item of insertions) map.set(item.name, item.valueOf(record));
      return map;
    },
  });
});

const insertion = (
  text: string | null,
  schemaOf: (isOptional: boolean) => Schema,
  valueOf: (record: ConnectRecord) => unknown,
): Insertion | undefined => {
  if (text === null || text === '') return undefined;
  const isRequired = text.endsWith('!');
  return { name: isRequired || text.endsWith('?') ? text.slice(0, -1) : text, schema: schemaOf(!isRequired), valueOf };
};

const offsetOf = (record: ConnectRecord): unknown => {
  const offset = 'offset' in record && typeof record.offset === 'bigint' ? record.offset : null;
  return offset !== null && Number.isSafeInteger(Number(offset)) ? Number(offset) : offset;
};

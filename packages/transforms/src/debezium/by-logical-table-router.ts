import {
  primitive,
  Struct,
  structOf,
  type ConnectRecord,
  type StructSchema,
  type Transform,
  type TransformPlugin,
} from '@headrace/connector-api';
import { defineConfig, type ConfigOf } from '@headrace/foundation';
import { invalid, parseConfig } from '../parse-config.ts';
import { javaPattern, javaReplacement, patternProblem, wholePattern } from '../shape/java-pattern.ts';
import { notEmpty } from '../shape/side.ts';
import { basicsOf, planCache } from '../shape/struct-transform.ts';
import { changeEventOf, debeziumTransform } from './envelope.ts';
import { adjustedName, adjustmentModes, type AdjustmentMode } from './schema-names.ts';

const keys = {
  'topic.regex': { type: 'STRING', importance: 'HIGH', doc: 'Pattern that the whole name of the topic matches.', validate: patternProblem },
  'topic.replacement': {
    type: 'STRING',
    importance: 'HIGH',
    doc: 'The name of the logical topic; $1 is the first group.',
    validate: notEmpty,
  },
  'key.enforce.uniqueness': {
    type: 'BOOLEAN',
    default: 'true',
    importance: 'LOW',
    doc: 'Add a field to the key that tells the physical tables apart.',
  },
  'key.field.name': {
    type: 'STRING',
    default: '__dbz__physicalTableIdentifier',
    importance: 'LOW',
    doc: 'Name of that field.',
    validate: notEmpty,
  },
  'key.field.regex': {
    type: 'STRING',
    default: null,
    importance: 'LOW',
    doc: 'Pattern of topics from which the value of that field is made; default the whole topic.',
    validate: patternProblem,
  },
  'key.field.replacement': {
    type: 'STRING',
    default: null,
    importance: 'LOW',
    doc: 'What becomes of a topic that matches key.field.regex.',
  },
  'schema.name.adjustment.mode': {
    type: 'STRING',
    default: 'none',
    values: adjustmentModes,
    importance: 'MEDIUM',
    doc: 'How the names of schemas are made fit for Avro.',
  },
  'logical.table.cache.size': {
    type: 'INT',
    default: '16',
    importance: 'LOW',
    doc: 'Only its default is taken: schemas are remembered as long as those they were made of.',
    validate: (size: number) => (size === 16 ? undefined : 'not needed here, leave it out'),
  },
} as const;

const config = defineConfig(keys);

/** Sends the changes of many physical tables (shards, partitions) to one topic, with one set of schemas. */
export const byLogicalTableRouter: TransformPlugin = debeziumTransform('ByLogicalTableRouter', config, (raw) => {
  const settings = parseConfig(config, raw);
  const hasRegex = (settings['key.field.regex'] ?? '') !== '';
  if (hasRegex && (settings['key.field.replacement'] ?? '') === '')
    throw invalid('key.field.replacement', 'key.field.replacement is needed beside key.field.regex.');
  return createRouter(settings);
});

const createRouter = (settings: ConfigOf<typeof keys>): Transform => {
  const rename = renaming(settings['topic.regex'], settings['topic.replacement']);
  const keyField = keyFieldOf(settings);
  const logicalOf = planCache((_schema: StructSchema) => new Map<string, StructSchema>());
  const mode = settings['schema.name.adjustment.mode'] as AdjustmentMode;
  /** One schema object per physical schema and topic. */
  const remembered = (schema: StructSchema, topic: string, make: (name: string) => StructSchema): StructSchema => {
    const known = logicalOf(schema);
    const made = known.get(topic) ?? make(adjustedName(topic, mode));
    known.set(topic, made);
    return made;
  };
  const keyOf = (record: ConnectRecord, topic: string): Struct | undefined => {
    const { key } = record;
    if (!(key instanceof Struct)) return undefined;
    const schema = remembered(key.schema, topic, (name) => withKeyField(key.schema, `${name}.Key`, keyField?.name));
    return new Struct(schema, keyField === undefined ? key.values : [...key.values, keyField.valueOf(record.topic)]);
  };
  return (record) => {
    const topic = rename(record.topic);
    if (topic === undefined || topic === '') return record;
    const key = keyOf(record, topic);
    const event = changeEventOf(record);
    const value =
      event === undefined
        ? undefined
        : renamedEvent(
            event,
            remembered(event.schema, topic, (name) => envelopeOf(event.schema, name)),
          );
    return {
      ...record,
      topic,
      ...(key === undefined ? {} : { key, keySchema: key.schema }),
      ...(value === undefined ? {} : { value, valueSchema: value.schema }),
    };
  };
};

/** undefined for a topic that does not match. */
const renaming = (regex: string, replacement: string): ((topic: string) => string | undefined) => {
  const pattern = wholePattern(javaPattern(regex));
  const text = javaReplacement(replacement);
  const names = new Map<string, string | undefined>();
  return (topic) => {
    if (!names.has(topic)) names.set(topic, pattern.test(topic) ? topic.replace(pattern, text) : undefined);
    return names.get(topic);
  };
};

const keyFieldOf = (settings: ConfigOf<typeof keys>) => {
  if (!settings['key.enforce.uniqueness']) return undefined;
  const regex = settings['key.field.regex'] ?? '';
  const rename = regex === '' ? undefined : renaming(regex, settings['key.field.replacement'] ?? '');
  return { name: settings['key.field.name'], valueOf: (topic: string): string => rename?.(topic) ?? topic };
};

const withKeyField = (schema: StructSchema, name: string, field: string | undefined): StructSchema =>
  structOf(
    [
      ...schema.fields.map((item) => [item.name, item.schema] as const),
      ...(field === undefined ? [] : [[field, primitive('string')] as const]),
    ],
    { ...basicsOf(schema), name },
  );

const isImage = (name: string): boolean => name === 'before' || name === 'after';

const envelopeOf = (schema: StructSchema, name: string): StructSchema => {
  const row = schema.fields.find((field) => isImage(field.name))?.schema;
  const renamed = row?.type === 'struct' ? { ...row, name: `${name}.Value` } : undefined;
  return structOf(
    schema.fields.map((field) => [field.name, isImage(field.name) ? (renamed ?? field.schema) : field.schema]),
    { ...basicsOf(schema), name: `${name}.Envelope` },
  );
};

const renamedEvent = (event: Struct, schema: StructSchema): Struct =>
  new Struct(
    schema,
    schema.fields.map((field) => {
      const value = event.values[field.index];
      return isImage(field.name) && value instanceof Struct && field.schema.type === 'struct'
        ? new Struct(field.schema, value.values)
        : value;
    }),
  );

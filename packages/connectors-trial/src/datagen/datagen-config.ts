import type { StructSchema } from '@headrace/connector-api';
import { defineConfig, toError, type ConfigOf, type ConfigProblem } from '@headrace/foundation';
import { recordGenerator, type Generator } from './field-generator.ts';
import { quickstarts } from './quickstarts.ts';

const datagenKeys = {
  'kafka.topic': {
    type: 'STRING',
    importance: 'HIGH',
    doc: 'Topic of the records.',
    validate: (topic: string) => (topic === '' ? 'String must be non-empty' : undefined),
  },
  quickstart: {
    type: 'STRING',
    default: null,
    values: Object.keys(quickstarts),
    ignoreCase: true,
    importance: 'HIGH',
    doc: 'A ready-made schema; instead of schema.string.',
  },
  'schema.string': {
    type: 'STRING',
    default: null,
    importance: 'HIGH',
    doc: 'Avro record schema as JSON; arg.properties of a field: options, range, iteration, length, odds.',
  },
  'schema.keyfield': {
    type: 'STRING',
    default: null,
    importance: 'HIGH',
    doc: "Field that becomes the key; default the quickstart's, or none.",
  },
  'max.interval': {
    type: 'LONG',
    default: '500',
    min: 0,
    importance: 'HIGH',
    doc: 'Longest wait between two records of a task in ms; 0 for none. Each wait is a part of it by chance.',
  },
  'rate.per.second': {
    type: 'DOUBLE',
    default: null,
    importance: 'MEDIUM',
    doc: 'Records per second and task, instead of max.interval.',
    validate: (rate: number) => (rate > 0 ? undefined : 'must be above 0'),
  },
  'key.skew': {
    type: 'DOUBLE',
    default: '0',
    min: 0,
    max: 100,
    importance: 'LOW',
    doc: 'How much the first options, or the low end of the range, of the key are favoured: 0 not at all; with 1 the first tenth of them gets about a third of the records.',
  },
  iterations: {
    type: 'LONG',
    default: '-1',
    importance: 'HIGH',
    doc: 'Records that each task makes before it rests; -1 for no end.',
    validate: (count: number) => (count === -1 || count > 0 ? undefined : 'must be above 0, or -1'),
  },
  'random.seed': { type: 'LONG', default: null, importance: 'LOW', doc: 'The same seed makes the same records; default by chance.' },
} as const;

export const datagenConfig = defineConfig(datagenKeys);
export type DatagenKeys = typeof datagenKeys;
export type DatagenConfig = ConfigOf<typeof datagenKeys>;

export interface DatagenPlan {
  readonly generator: Generator<StructSchema>;
  /** Position of the key's field; undefined for records without a key. */
  readonly keyIndex: number | undefined;
}

/** What is to be generated, or what is wrong with it. */
export const planOf = (config: DatagenConfig): DatagenPlan | ConfigProblem => {
  const quickstart = config.quickstart === null ? undefined : quickstarts[config.quickstart.toLowerCase()];
  const text = config['schema.string'];
  if ((quickstart === undefined) === (text === null)) return { key: 'schema.string', message: 'Give either quickstart or schema.string.' };
  const keyField = config['schema.keyfield'] ?? quickstart?.keyField;
  try {
    const schema: unknown = quickstart?.schema ?? JSON.parse(text ?? '');
    return withKey(recordGenerator(schema, { field: keyField, skew: config['key.skew'] }), keyField);
  } catch (error) {
    return { key: 'schema.string', message: `Not a schema that can be generated: ${toError(error).message}` };
  }
};

const withKey = (generator: Generator<StructSchema>, keyField: string | undefined): DatagenPlan | ConfigProblem => {
  if (keyField === undefined) return { generator, keyIndex: undefined };
  const keyIndex = generator.schema.indexByName.get(keyField);
  return keyIndex === undefined ? { key: 'schema.keyfield', message: `The schema has no field "${keyField}".` } : { generator, keyIndex };
};

import type { ConnectRecord, Schema, TransformPlugin } from '@headrace/connector-api';
import { defineConfig, type ConfigKey } from '@headrace/foundation';
import { debeziumTransform } from '../debezium/envelope.ts';
import { invalid, parseConfig } from '../parse-config.ts';
import { javaPattern, matchesWhole, patternProblem } from '../shape/java-pattern.ts';
import { unsuitable } from '../shape/side.ts';
import { SchemaView } from './evaluator.ts';
import { ExpressionProgram, readExpression } from './expression.ts';
import type { Variables } from './variables.ts';

const LANGUAGES = ['jsr223.groovy', 'jsr223.graal.js', 'jsr223.mvel', 'expression'] as const;

const expression = (doc: string): ConfigKey<'STRING', undefined> => ({
  type: 'STRING',
  importance: 'HIGH',
  doc,
  validate: (text) => expressionProblem(text),
});

const expressionProblem = (text: string): string | undefined => {
  const program = readExpression(text);
  return program instanceof ExpressionProgram ? undefined : program;
};

const common = {
  language: {
    type: 'STRING',
    importance: 'HIGH',
    values: LANGUAGES,
    doc: 'Under every one of these names an expression is taken that Groovy, MVEL and JavaScript have in common; others are refused.',
  },
  'topic.regex': {
    type: 'STRING',
    default: null,
    importance: 'LOW',
    doc: 'Pattern that the whole topic of a record matches; others pass.',
    validate: patternProblem,
  },
  'null.handling.mode': {
    type: 'STRING',
    default: 'keep',
    values: ['keep', 'drop', 'evaluate'],
    ignoreCase: true,
    importance: 'LOW',
    doc: 'What becomes of a record without a value.',
  },
} as const;

const filterConfig = defineConfig({ ...common, condition: expression('A record is kept where this is true.') });
const routerConfig = defineConfig({ ...common, 'topic.expression': expression('The topic of a record; null leaves it.') });

/** Keeps the records for which an expression is true. */
export const contentFilter: TransformPlugin = debeziumTransform('Filter', filterConfig, (raw) => {
  const settings = parseConfig(filterConfig, raw);
  const program = programOf('condition', settings.condition);
  const applies = applicability(settings);
  return (record) => {
    const decision = applies(record);
    if (decision !== 'evaluate') return decision === 'drop' ? null : record;
    const result = program.run(variablesOf(record));
    if (typeof result !== 'boolean') throw unsuitable('Filter', 'its condition is neither true nor false');
    return result ? record : null;
  };
});

/** Sends a record to the topic that an expression says. */
export const contentBasedRouter: TransformPlugin = debeziumTransform('ContentBasedRouter', routerConfig, (raw) => {
  const settings = parseConfig(routerConfig, raw);
  const program = programOf('topic.expression', settings['topic.expression']);
  const applies = applicability(settings);
  return (record) => {
    const decision = applies(record);
    if (decision !== 'evaluate') return decision === 'drop' ? null : record;
    const topic = program.run(variablesOf(record)) ?? null;
    if (topic !== null && typeof topic !== 'string')
      throw unsuitable('ContentBasedRouter', 'its expression gives something else than a topic');
    return topic === null ? record : { ...record, topic };
  };
});

const programOf = (key: string, text: string): ExpressionProgram => {
  const program = readExpression(text);
  if (program instanceof ExpressionProgram) return program;
  throw invalid(key, program);
};

type Decision = 'keep' | 'drop' | 'evaluate';

const applicability = (settings: { readonly 'topic.regex': string | null; readonly 'null.handling.mode': string }) => {
  const regex = settings['topic.regex'];
  const matches = regex === null || regex === '' ? () => true : matchesWhole(javaPattern(regex));
  const ofNull = settings['null.handling.mode'].toLowerCase() as Decision;
  return (record: ConnectRecord): Decision => {
    if (!matches(record.topic)) return 'keep';
    return record.value === null ? ofNull : 'evaluate';
  };
};

const variablesOf = (record: ConnectRecord): Variables => ({
  key: record.key,
  keySchema: view(record.keySchema),
  value: record.value,
  valueSchema: view(record.valueSchema),
  topic: record.topic,
  header: new Map(
    record.headers.map(({ key, schema, value }) => [
      key,
      new Map<string, unknown>([
        ['value', value],
        ['schema', view(schema)],
      ]),
    ]),
  ),
});

const view = (schema: Schema | null): SchemaView | null => (schema === null ? null : new SchemaView(schema));

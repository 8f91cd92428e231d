import type { ConverterPlugin, PredicatePlugin, TransformPlugin } from '@headrace/connector-api';
import { readConverterCases, type ConverterCase } from './converter-cases.ts';
import { readGoldenFile, type GoldenCase } from './golden.ts';

/** Two cases that differ in one option alone, and in what becomes of the same record. */
export interface Evidence {
  readonly plugin: string;
  readonly option: string;
  /** Names of the cases, or of a test. */
  readonly shownBy: string;
}

/** Options whose effect no pair of golden cases shows, by the test that does. */
const elsewhere: Readonly<Record<string, string>> = {
  'Filter language': 'refused unless it is known; the language is the same under every name',
  'ContentBasedRouter language': 'refused unless it is known; the language is the same under every name',
  'EventRouter table.fields.additional.error.on.missing': 'Outbox additional missing / Outbox additional missing ignored (ours obeys it)',
  'Flatten replace.null.with.default': 'transforms.test.ts: Flatten reads a null as the default where it is told to',
  'JsonConverter schemas.cache.size': 'json-converter.test.ts: forgets schemas beyond schemas.cache.size',
  'BinaryDataConverter delegate.converter.type':
    'binary-data-converter.test.ts: delegate.converter.type writes what is no bytes, with the settings behind it',
  'ByLogicalTableRouter logical.table.cache.size': 'refused unless it is the default',
  'EventRouter table.field.event.type': 'refused unless it is the default',
  'EventRouter tracing.span.context.field': 'refused unless it is the default',
  'EventRouter tracing.operation.name': 'refused unless it is the default',
  'EventRouter tracing.with.context.field.only': 'refused unless it is the default',
};

const files = ['kafka-transforms.jsonl', 'debezium-transforms.jsonl'];

export const evidenceOf = (plugins: readonly (TransformPlugin | PredicatePlugin | ConverterPlugin)[]): readonly Evidence[] => {
  const cases = [...files.flatMap((file) => readGoldenFile(file).cases), ...readConverterCases().map(asGoldenCase)];
  return plugins.flatMap((plugin) => {
    const className = plugin.classNames[0] ?? '';
    // The two sides of a transform are one implementation.
    const own = cases.filter((golden) => withoutSide(golden.class) === withoutSide(className));
    return Object.keys(plugin.config.keys)
      .filter((option) => option !== GIVEN_BY_RUNTIME)
      .map((option) => {
        const plainName = withoutSide(className).replace(/^.*\./, '');
        return { plugin: withoutSide(className), option, shownBy: pairFor(own, option) ?? elsewhere[`${plainName} ${option}`] ?? '' };
      });
  });
};

/** Kafka Connect tells each converter which side it serves: no choice of a user. */
const GIVEN_BY_RUNTIME = 'converter.type';

const asGoldenCase = ({ name, class: className, config, encode, decode, expected, error }: ConverterCase): GoldenCase => ({
  name,
  class: className,
  config,
  records: [{ encode, decode } as never],
  expected: [error ?? expected],
});

const withoutSide = (className: string): string => className.replace(/\$(?:Key|Value)$/, '');

const pairFor = (cases: readonly GoldenCase[], option: string): string | undefined => {
  for (const [index, first] of cases.entries()) {
    const second = cases.slice(index + 1).find((other) => isProof(first, other, option));
    if (second !== undefined) return `${first.name} / ${second.name}`;
  }
  return undefined;
};

const isProof = (first: GoldenCase, second: GoldenCase, option: string): boolean => {
  if (first.class !== second.class || first.config[option] === second.config[option]) return false;
  const rest = ({ config }: GoldenCase): string => JSON.stringify(Object.entries({ ...config, [option]: '' }).toSorted());
  return rest(first) === rest(second) && hasOtherOutcome(first, second);
};

const hasOtherOutcome = (first: GoldenCase, second: GoldenCase): boolean => {
  if (first.expected === undefined || second.expected === undefined) return false;
  const outcomes = new Map(second.records.map((record, index) => [textOf(record), textOf(second.expected?.[index])]));
  return first.records.some((record, index) => {
    const other = outcomes.get(textOf(record));
    return other !== undefined && other !== textOf(first.expected?.[index]);
  });
};

const textOf = (json: unknown): string =>
  JSON.stringify(json, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));

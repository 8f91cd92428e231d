import type { PredicatePlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { notEmpty } from '../shape/side.ts';
import { parseConfig } from '../parse-config.ts';
import { javaPattern, matchesWhole, patternProblem } from '../shape/java-pattern.ts';

const PACKAGE = 'org.apache.kafka.connect.transforms.predicates.';

const patternConfig = defineConfig({
  pattern: { type: 'STRING', importance: 'MEDIUM', doc: 'Pattern that the whole name of the topic matches.', validate: patternProblem },
});

const topicNameMatches: PredicatePlugin = {
  kind: 'predicate',
  classNames: [`${PACKAGE}TopicNameMatches`],
  version: '0.1.0',
  config: patternConfig,
  create: (raw) => {
    const matches = matchesWhole(javaPattern(parseConfig(patternConfig, raw).pattern));
    return (record) => matches(record.topic);
  },
};

const noConfig = defineConfig({});

const recordIsTombstone: PredicatePlugin = {
  kind: 'predicate',
  classNames: [`${PACKAGE}RecordIsTombstone`],
  version: '0.1.0',
  config: noConfig,
  create: () => (record) => record.value === null,
};

const nameConfig = defineConfig({ name: { type: 'STRING', importance: 'MEDIUM', doc: 'Name of the header.', validate: notEmpty } });

const hasHeaderKey: PredicatePlugin = {
  kind: 'predicate',
  classNames: [`${PACKAGE}HasHeaderKey`],
  version: '0.1.0',
  config: nameConfig,
  create: (raw) => {
    const { name } = parseConfig(nameConfig, raw);
    return (record) => record.headers.some((header) => header.key === name);
  },
};

/** The predicates that Kafka Connect has. */
export const predicates: readonly PredicatePlugin[] = [hasHeaderKey, recordIsTombstone, topicNameMatches];

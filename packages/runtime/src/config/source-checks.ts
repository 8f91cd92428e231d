import type { SourceConnector } from '@headrace/connector-api';
import type { ConfigProblem, RawConfig } from '@headrace/foundation';
import { givenText } from './plugin-keys.ts';

/** What a worker offers its sources. */
export interface SourceSupport {
  /** Whether records and positions are written in transactions. */
  readonly isExactlyOnce: boolean;
  /** Where positions are kept. */
  readonly offsetsTopic: string;
}

/** What a source asks of its worker, or of its connector, that it does not have. */
export const sourceProblems = (raw: RawConfig, connector: SourceConnector, support?: SourceSupport): readonly ConfigProblem[] => [
  ...boundaryProblems(raw, connector),
  ...(support === undefined ? [] : [...guaranteeProblems(raw, support), ...offsetsTopicProblems(raw, support)]),
];

const boundaryProblems = (raw: RawConfig, connector: SourceConnector): readonly ConfigProblem[] => {
  const key = 'transaction.boundary';
  if (givenText(raw, key)?.toLowerCase() !== 'connector') return [];
  const { values, problems } = connector.config.parse(raw);
  if (problems.length > 0 || connector.definesTransactions?.(values) === true) return [];
  return [
    { key, message: `Invalid value connector for configuration ${key}: The connector does not define transaction boundaries of its own` },
  ];
};

const guaranteeProblems = (raw: RawConfig, { isExactlyOnce }: SourceSupport): readonly ConfigProblem[] => {
  const key = 'exactly.once.support';
  if (isExactlyOnce || givenText(raw, key)?.toLowerCase() !== 'required') return [];
  return [{ key, message: 'This worker does not have exactly-once source support enabled (exactly.once.source.support).' }];
};

const offsetsTopicProblems = (raw: RawConfig, { offsetsTopic }: SourceSupport): readonly ConfigProblem[] => {
  const key = 'offsets.storage.topic';
  const topic = givenText(raw, key) ?? '';
  if (topic === '' || topic === offsetsTopic) return [];
  const reason = `Positions of all connectors are kept in the offsets topic of the worker, ${offsetsTopic}`;
  return [{ key, value: topic, message: `Invalid value ${topic} for configuration ${key}: ${reason}` }];
};

import { expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { restartConfig } from '../../cluster/worker/restart-policy.ts';
import { commonKeys } from './common-keys.ts';
import { sinkKeys } from './sink-keys.ts';
import { sourceKeys } from './source-keys.ts';
import { topicCreationKeys } from './topic-creation-keys.ts';

const root = new URL('../../../../../', import.meta.url);
const tableFile = new URL('packages/docs/connector-options.md', root);

const options = 'test/e2e/connector-options.test.ts';
const sinkErrors = 'test/e2e/sink-errors.test.ts';
const transactions = 'test/e2e/source-transactions.test.ts';
const rest = 'test/e2e/kafkatest-rest.test.ts';
const restarts = 'packages/runtime/src/cluster/worker/restart-policy.test.ts';

const versions = [
  options,
  'connector.plugin.version and those of converters, transforms and predicates refuse what is not installed',
] as const;
const converters = [options, 'key.converter, value.converter and header.converter make the bytes'] as const;
const chain = [options, 'transforms and predicates change records, in their order and where they hold'] as const;
const retries = [
  sinkErrors,
  'errors.retry.timeout and errors.retry.delay.max.ms: a target that is away is asked again for longer than a task may be without progress',
] as const;
const deadLetters = [
  sinkErrors,
  'errors.tolerance=all: the records to blame are dead letters, each alone, and all others are applied once and in order',
] as const;
const logs = [
  'packages/runtime/src/task/sink-errors.test.ts',
  'are logged with errors.log.enable, and with errors.log.include.messages which one it was',
] as const;
const creation = [
  options,
  'topic.creation.* gives topics their partitions and settings, by the first group that a name belongs to',
] as const;
const interval = [transactions, 'interval: records become visible transaction.boundary.interval.ms apart'] as const;
const support = [
  options,
  'exactly.once.support=required and a foreign offsets.storage.topic are refused by a worker that does not have them',
] as const;
const topics = [options, 'topics names what a sink reads, topics.regex all that match, those that come later too'] as const;

const tasks = [options, 'tasks.max bounds the tasks; more fail the connector unless tasks.max.enforce=false'] as const;
const sent = [rest, 'answers configurations and tasks as they were sent, placeholders untouched'] as const;
const isolation = [
  options,
  'consumer.override.isolation.level and auto.offset.reset say what a sink reads: committed records from the first on by default',
] as const;
const restartsSeen = [sinkErrors, 'headrace.restart.on starts a failed task again, headrace.restart.max times'] as const;

/** File and title of the test that fails when the option has no effect. */
const shownBy: Readonly<Record<string, readonly [string, string]>> = {
  name: sent,
  'connector.class': sent,
  'connector.plugin.version': versions,
  'tasks.max': tasks,
  'tasks.max.enforce': tasks,
  'key.converter': converters,
  'key.converter.plugin.version': versions,
  'value.converter': converters,
  'value.converter.plugin.version': versions,
  'header.converter': converters,
  'header.converter.plugin.version': versions,
  transforms: chain,
  'transforms.*.predicate': chain,
  'transforms.*.negate': chain,
  'transforms.*.plugin.version': versions,
  predicates: chain,
  'predicates.*.plugin.version': versions,
  'config.action.reload': [options, 'config.action.reload: a task starts again with what a changed file holds, unless it is none'],
  'errors.retry.timeout': retries,
  'errors.retry.delay.max.ms': retries,
  'errors.tolerance': deadLetters,
  'errors.log.enable': logs,
  'errors.log.include.messages': logs,
  'topic.creation.groups': creation,
  'topic.creation.default.replication.factor': creation,
  'topic.creation.default.partitions': creation,
  'topic.creation.*.include': creation,
  'topic.creation.*.exclude': creation,
  'topic.creation.*.replication.factor': creation,
  'topic.creation.*.partitions': creation,
  'exactly.once.support': support,
  'transaction.boundary': [
    transactions,
    'connector: only what the source commits is ever in Kafka, and after a restart it goes on behind that',
  ],
  'transaction.boundary.interval.ms': interval,
  topics,
  'topics.regex': topics,
  'errors.deadletterqueue.topic.name': deadLetters,
  'errors.deadletterqueue.topic.replication.factor': [
    options,
    'errors.deadletterqueue.topic.replication.factor is that of the queue: three by default, which one broker refuses',
  ],
  'errors.deadletterqueue.context.headers.enable': deadLetters,
  'consumer.override.group.id': [options, 'consumer.override.group.id names the group of a sink, in Kafka and for REST'],
  'consumer.override.isolation.level': isolation,
  'consumer.override.auto.offset.reset': isolation,
  'headrace.restart.on': restartsSeen,
  'headrace.restart.max': restartsSeen,
  'headrace.restart.backoff.ms': [restarts, 'waits longer each time, up to the longest wait'],
  'headrace.restart.backoff.max.ms': [restarts, 'waits longer each time, up to the longest wait'],
  'headrace.restart.reset.ms': [restarts, 'begins a new row after the task has worked for long enough, and when a user restarts it'],
};

/** Have no test of an effect, for they have none, or only one. */
const without: Readonly<Record<string, string>> = {
  'offsets.storage.topic': `refused unless it is the worker's own: ${support[0]}: ${support[1]}`,
};

const evidenceOf = (option: string): string => {
  const [file, title] = shownBy[option] ?? [];
  if (file === undefined || title === undefined) return without[option] ?? '';
  const text = readFileSync(new URL(file, root), 'utf8');
  const parts = option.replace(/\.plugin\.version$/, '*.plugin.version').split('*');
  const isNamed = parts.every((part) => text.includes(part)) || title.includes('.*');
  return isNamed && text.replaceAll("\\'", "'").includes(title) ? `${file}: ${title}` : '';
};

const families = ['transforms.*.predicate', 'transforms.*.negate', 'transforms.*.plugin.version', 'predicates.*.plugin.version'];
const evidence = [
  ...Object.keys({ ...commonKeys, ...sourceKeys, ...topicCreationKeys(['*']), ...sinkKeys }),
  ...families,
  'consumer.override.group.id',
  'consumer.override.isolation.level',
  'consumer.override.auto.offset.reset',
  ...Object.keys(restartConfig.keys),
].map((option): readonly [string, string] => [option, evidenceOf(option)]);

test('every option that connectors have in common is shown by a test, or says why it is not', () => {
  expect(evidence.filter(([, shown]) => shown === '').map(([option]) => option)).toEqual([]);
});

test('the table of them is as generated; HEADRACE_UPDATE_TABLES=1 writes it anew', () => {
  const table = [
    '# Options that all connectors have in common, and what shows their effect',
    '',
    'Generated by `packages/runtime/src/config/definitions/option-evidence.test.ts` from the definitions: the test that fails when the option has no effect.',
    '`headrace.restart.*` are our own; settings of Kafka clients are in [security](security.md).',
    '',
    '| option | shown by |',
    '| --- | --- |',
    ...evidence.map(([option, shown]) => `| \`${option}\` | ${shown.replaceAll('|', '\\|')} |`),
    '',
  ].join('\n');
  if (process.env['HEADRACE_UPDATE_TABLES'] === '1') writeFileSync(tableFile, table);
  expect(readFileSync(tableFile, 'utf8')).toBe(table);
});

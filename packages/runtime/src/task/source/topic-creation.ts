import type { RawConfig } from '@headrace/foundation';
import type { TopicSettings } from '@headrace/ports';
import { listOf, settingsWithPrefix, wordOf } from '../record/raw-config.ts';
import type { SourceDeadLetters } from './source-dead-letters.ts';

const PREFIX = 'topic.creation.';
const OWN_KEYS: ReadonlySet<string> = new Set(['include', 'exclude', 'partitions', 'replication.factor']);

interface Group {
  matches(topic: string): boolean;
  readonly settings: TopicSettings;
}

/**
 * Settings of the topics a source creates, from `topic.creation.*`: the first group of `topic.creation.groups` that a topic
 * belongs to, else `default`. undefined when the connector has no such key: the broker's defaults apply.
 */
const topicCreation = (raw: RawConfig): ((topic: string) => TopicSettings) | undefined => {
  if (!Object.keys(raw).some((key) => key.startsWith(PREFIX))) return undefined;
  const fallback = settingsOf(raw, 'default', brokerDefaults);
  const groups = listOf(raw, `${PREFIX}groups`)
    .filter((group) => group !== 'default')
    .map((group) => groupOf(raw, group, fallback));
  return (topic) => groups.find((group) => group.matches(topic))?.settings ?? fallback;
};

/**
 * The same with the settings of the dead letter queue, which no group may change. Under the worker's
 * `topic.creation.enable=false` what the connector says of its topics does not count.
 */
export const sourceTopicSettings = (
  raw: RawConfig,
  worker: RawConfig,
  queue: SourceDeadLetters | undefined,
): ((topic: string) => TopicSettings) | undefined => {
  const isEnabled = wordOf(worker, 'topic.creation.enable', 'true') !== 'false';
  const settings = isEnabled ? topicCreation(raw) : undefined;
  if (queue === undefined) return settings;
  return (topic) => (topic === queue.topic ? queue.topicSettings : (settings?.(topic) ?? brokerDefaults));
};

const brokerDefaults: TopicSettings = { partitions: -1, replicationFactor: -1, configs: {} };

const groupOf = (raw: RawConfig, group: string, fallback: TopicSettings): Group => {
  const included = patterns(raw, `${PREFIX}${group}.include`);
  const excluded = patterns(raw, `${PREFIX}${group}.exclude`);
  return {
    matches: (topic) => included.some((pattern) => pattern.test(topic)) && !excluded.some((pattern) => pattern.test(topic)),
    settings: settingsOf(raw, group, { ...fallback, configs: {} }),
  };
};

/** Patterns match whole names. */
const patterns = (raw: RawConfig, key: string): readonly RegExp[] => listOf(raw, key).map((text) => new RegExp(`^(?:${text})$`));

const settingsOf = (raw: RawConfig, group: string, fallback: TopicSettings): TopicSettings => {
  const own = settingsWithPrefix(raw, `${PREFIX}${group}.`);
  return {
    partitions: Number(own['partitions'] ?? fallback.partitions),
    replicationFactor: Number(own['replication.factor'] ?? fallback.replicationFactor),
    configs: Object.fromEntries(Object.entries(own).filter(([key]) => !OWN_KEYS.has(key))),
  };
};

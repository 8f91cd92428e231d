import type { TopicPartition } from '@headrace/connector-api';
import { abortable, type RawConfig } from '@headrace/foundation';
import type { TopicAdmin } from '@headrace/ports';
import { topicsPattern } from '../../config/topics-pattern.ts';

/** Partitions of the topics that a sink names (`topics`), or whose whole name its pattern matches (`topics.regex`). */
export const subscribedPartitions = async (
  admin: TopicAdmin,
  config: RawConfig,
  signal: AbortSignal,
): Promise<readonly TopicPartition[]> => {
  const topics = await subscribedTopics(admin, config, signal);
  const counts = await abortable(Promise.all(topics.map((topic) => admin.partitionCount(topic, signal))), signal);
  return topics.flatMap((topic, index) => Array.from({ length: counts[index] ?? 0 }, (_, partition) => ({ topic, partition })));
};

const subscribedTopics = async (admin: TopicAdmin, config: RawConfig, signal: AbortSignal): Promise<readonly string[]> => {
  const named = (config['topics'] ?? '').split(',').map((topic) => topic.trim());
  const list = named.filter((topic) => topic !== '');
  if (list.length > 0) return [...new Set(list)].sort();
  const pattern = config['topics.regex'];
  if (pattern === undefined || pattern === null || pattern === '') return [];
  const expression = topicsPattern(pattern);
  const topics = await admin.topics(signal);
  return topics.filter((topic) => !isInternal(topic) && expression?.test(topic) === true).sort();
};

/** Kafka's own topics never match a pattern, as with Java's consumer (exclude.internal.topics). */
const isInternal = (topic: string): boolean => topic === '__consumer_offsets' || topic === '__transaction_state';

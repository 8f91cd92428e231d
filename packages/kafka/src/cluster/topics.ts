import { RetriableError, TaskFailure, toError } from '@headrace/foundation';
import type { TopicSettings } from '@headrace/ports';
import { createTopicsV7 } from '@platformatic/kafka';
import { errors } from '../errors.ts';
import { answerOf, errorNameOf, isConnectionLoss, toKafkaError } from './broker-failure.ts';
import type { Cluster } from './cluster.ts';
import { untilAnswered } from './retry.ts';

/** Everything as the broker's defaults say. */
export const brokerDefaults: TopicSettings = { partitions: -1, replicationFactor: -1, configs: {} };

const createDeadlineMs = 60_000;
const leadersDeadlineMs = 30_000;
const leadersPollMs = 25;

/** Number of partitions as of now, null when there is no such topic. The layout of the topic is known afterwards. */
export const partitionCountOf = async (cluster: Cluster, topic: string, signal: AbortSignal): Promise<number | null> => {
  const { topics } = await cluster.metadata([topic], signal);
  const [found] = topics;
  const answer = errorNameOf(found?.errorCode ?? 3);
  if (answer === 'UNKNOWN_TOPIC_OR_PARTITION') return null;
  if (answer.endsWith('AUTHORIZATION_FAILED')) {
    throw new TaskFailure(errors.not_authorized.code, `Describing topic "${topic}" failed: ${answer}. ${errors.not_authorized.hint}`);
  }
  if (answer === 'INVALID_TOPIC_EXCEPTION') {
    throw new TaskFailure(
      errors.topic_refused.code,
      `"${topic}" is not a valid topic name: letters, digits, ".", "_" and "-", at most 249 of them.`,
    );
  }
  return found?.partitions.length ?? null;
};

/** Creates the topic unless it exists; resolves when every partition has a leader. True when it was created here. */
export const createTopic = async (cluster: Cluster, topic: string, settings: TopicSettings, signal: AbortSignal): Promise<boolean> => {
  const isCreated = await requestTopic(cluster, topic, settings, signal);
  await untilLed(cluster, topic, signal);
  return isCreated;
};

/** Resolves when every partition has a leader, which the cluster knows then. */
export const untilLed = async (cluster: Cluster, topic: string, signal: AbortSignal): Promise<void> => {
  const deadline = cluster.clock.monotonic() + leadersDeadlineMs;
  for (;;) {
    await partitionCountOf(cluster, topic, signal);
    const leaders = cluster.layout(topic)?.leaders;
    if (leaders !== undefined && leaders.length > 0 && leaders.every((leader) => leader >= 0)) return;
    if (cluster.clock.monotonic() > deadline) {
      throw new RetriableError(
        errors.unavailable.code,
        `Topic "${topic}" has no leader for some partitions after ${String(leadersDeadlineMs)} ms. ${errors.unavailable.hint}`,
      );
    }
    await cluster.clock.sleep(leadersPollMs, signal);
  }
};

/** Creates the topic unless it exists; its partitions may be without leaders still. True when it was created here. */
export const requestTopic = async (cluster: Cluster, topic: string, settings: TopicSettings, signal: AbortSignal): Promise<boolean> => {
  const configs = Object.entries(settings.configs).map(([name, value]) => ({ name, value }));
  const request = {
    name: topic,
    numPartitions: settings.partitions,
    replicationFactor: settings.replicationFactor,
    assignments: [],
    configs,
  };
  const what = `Creating topic "${topic}"`;
  try {
    await untilAnswered(
      () => cluster.connections.call(cluster.anyBroker(), createTopicsV7.api, [[request], createDeadlineMs / 2, false], signal),
      { clock: cluster.clock, deadlineMs: createDeadlineMs, what },
      signal,
    );
    return true;
  } catch (failure) {
    const answer = answerOf(failure);
    if (answer === 'TOPIC_ALREADY_EXISTS') return false;
    if (answer === undefined || isConnectionLoss(failure) || answer.endsWith('AUTHORIZATION_FAILED')) throw toKafkaError(failure, what);
    const message = `${what} failed: ${answer} (${saidBy(failure)}). ${errors.topic_refused.hint}`;
    throw new TaskFailure(errors.topic_refused.code, message, { cause: failure, fields: { topic } });
  }
};

const saidBy = (failure: unknown): string => {
  const { errors: parts } = failure as { errors?: readonly { serverErrorMessage?: string | null }[] };
  return parts?.[0]?.serverErrorMessage ?? toError(failure).message;
};

import type { SourceConnector } from '@headrace/connector-api';
import { runSourceTask } from '../source-task-runner.ts';
import { fusedLaneOf } from '../source/fused-lane.ts';
import { openTopicFeed } from '../source/topic-feed.ts';
import { refuseOwnOffsetsTopic, sourceGuarantee, unsupported } from '../source/source-guarantee.ts';
import { createSourceDeadLetters } from '../source/source-dead-letters.ts';
import { sourceTopicSettings } from '../source/topic-creation.ts';
import type { TaskLife } from '../session/task-life.ts';
import type { TaskParts } from './task-parts.ts';

/** What Kafka's producers hold at most unless buffer.memory says otherwise. */
const defaultTransactionBytes = 33_554_432;

export const runSource = (plugin: SourceConnector, parts: TaskParts, life: TaskLife, signal: AbortSignal): Promise<void> => {
  const { spec, events, deps, raw, labels, transactionalId } = parts;
  const { writers, sourceOffsets, signals, meter, workerConfig } = deps;
  const config = parts.config(plugin);
  refuseOwnOffsetsTopic(raw, workerConfig);
  const running = parts.running(life);
  const { guarantee, ownsTransactions, ...boundary } = sourceGuarantee(raw, workerConfig, running.commitIntervalMs);
  if (ownsTransactions && plugin.definesTransactions?.(config) !== true) {
    throw unsupported('transaction.boundary', 'connector', 'the connector does not say where its transactions end');
  }
  const deadLetters = createSourceDeadLetters({ raw, id: spec.id, meter, labels });
  const topicSettings = sourceTopicSettings(raw, workerConfig, deadLetters);
  const conversion = parts.conversion(parts.errorPolicy());
  const encoding = deadLetters === undefined ? conversion : { ...conversion, deadLetters };
  const fused = ownsTransactions ? undefined : fusedLaneOf(encoding);
  const producerConfig = parts.clientConfig('producer');
  return runSourceTask(
    {
      ...running,
      writer: {
        transactionalId,
        guarantee,
        fencedTopics: spec.topicsWritten ?? [],
        producerConfig,
        adminConfig: parts.clientConfig('admin'),
        ...boundary,
        ...(topicSettings === undefined ? {} : { topicSettings }),
      },
      encoding,
      ...(ownsTransactions ? { maxTransactionBytes: Number(producerConfig['buffer.memory'] ?? defaultTransactionBytes) } : {}),
      writers,
      ...(guarantee === 'exactly-once' ? {} : { claimTopics: parts.claimTopics }),
      sourceOffsets,
      createTask: (position) =>
        plugin.createTask(config, {
          ...parts.context(),
          settings: raw,
          ...(fused === undefined ? {} : { fused }),
          ownsTransactions,
          position,
          ...(signals === undefined ? {} : { signals }),
          tellSnapshot: (snapshot) => {
            events.condition({ snapshot });
          },
          notify: (notification) => {
            events.notified(notification);
          },
          readTopic: (...wanted) => openTopicFeed(deps, ...wanted),
        }),
    },
    signal,
  );
};

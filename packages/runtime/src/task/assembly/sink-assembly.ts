import type { SinkConnector } from '@headrace/connector-api';
import { CircuitBreaker } from '@headrace/foundation';
import { sinkGroup } from '../../config/sink-group.ts';
import { openDeadLetters } from '../record/dead-letter.ts';
import type { TaskLife } from '../session/task-life.ts';
import { runSinkTask, type SinkReading } from '../sink-task-runner.ts';
import { recordReadingOf } from '../sink/record-reading.ts';
import type { OffsetReset } from '../sink/start-positions.ts';
import { unsupported } from '../source/source-guarantee.ts';
import type { TaskParts } from './task-parts.ts';

const defaultMaxRecords = 2_000;

export const runSink = (plugin: SinkConnector, parts: TaskParts, life: TaskLife, signal: AbortSignal): Promise<void> => {
  const { spec, deps, raw, labels, transactionalId, clock, confirmOwnership, claimTopics } = parts;
  const { readers, sinkOffsets, topicAdmin, writers, meter, circuitOf } = deps;
  const { id, partitions, topicsWritten = [] } = spec;
  const config = parts.config(plugin);
  const errors = parts.errorPolicy();
  const decoding = parts.conversion(errors);
  const fields = plugin.valueFields?.(config);
  if (fields !== undefined && decoding.chain.isEmpty) decoding.converters.value.converter.choose?.(fields);
  const reading = recordReadingOf(decoding);
  const producerConfig = parts.clientConfig('producer');
  const adminConfig = parts.clientConfig('admin');
  const letters = {
    raw,
    ...id,
    transactionalId,
    producerConfig,
    adminConfig,
    topicsWritten,
    writers,
    meter,
    labels,
    confirmOwnership,
    claimTopics,
  };
  return runSinkTask(
    {
      ...parts.running(life),
      group: sinkGroup(id.connector, raw),
      transactionalId,
      className: plugin.classNames[0] ?? plugin.name,
      partitions,
      reading: sinkReading(parts.clientConfig('consumer')),
      decoding,
      errors,
      readers,
      sinkOffsets,
      topicAdmin,
      openDeadLetters: (opening) => openDeadLetters(letters, opening),
      createTask: (reportRecord, flow) =>
        plugin.createTask(config, {
          ...parts.context(),
          partitions,
          reportRecord,
          flow,
          ...(reading === undefined ? {} : { reading }),
          circuitOf: circuitOf ?? (() => new CircuitBreaker(clock)),
        }),
    },
    signal,
  );
};

const sinkReading = (consumerConfig: Readonly<Record<string, string>>): SinkReading => {
  const reset = consumerConfig['auto.offset.reset'] ?? 'earliest';
  if (!isReset(reset)) throw unsupported('consumer.override.auto.offset.reset', reset, 'use earliest, latest or none');
  return {
    // Kafka Connect reads uncommitted by default; what an aborted transaction wrote must not reach a target.
    isolation: consumerConfig['isolation.level'] === 'read_uncommitted' ? 'read_uncommitted' : 'read_committed',
    reset,
    maxRecords: Number(consumerConfig['max.poll.records'] ?? defaultMaxRecords),
    consumerConfig,
  };
};

const isReset = (text: string): text is OffsetReset => text === 'earliest' || text === 'latest' || text === 'none';

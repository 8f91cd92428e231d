import { plainToJson, valueText, type Header, type SourceRecord, type TaskId } from '@headrace/connector-api';
import type { Labels, Meter, RawConfig } from '@headrace/foundation';
import type { OutgoingHeader, OutgoingRecord, TopicSettings } from '@headrace/ports';
import { inspect } from 'node:util';
import { deadLetterConfig } from '../record/dead-letter.ts';
import { errorContextHeaders } from '../record/error-context.ts';
import { requireConfig } from '../record/raw-config.ts';
import type { StageError } from '../record/stage-error.ts';

export interface SourceDeadLetterOptions {
  readonly raw: RawConfig;
  readonly id: TaskId;
  readonly meter: Meter;
  readonly labels: Labels;
}

/** The dead letter queue of a source task. Its letters go the way of the task's records: the same order, the same transaction. */
export interface SourceDeadLetters {
  readonly topic: string;
  readonly topicSettings: TopicSettings;
  letterOf(record: SourceRecord, failure: StageError): OutgoingRecord;
}

/** undefined when the connector has none. */
export const createSourceDeadLetters = ({ raw, id, meter, labels }: SourceDeadLetterOptions): SourceDeadLetters | undefined => {
  const config = requireConfig(deadLetterConfig, raw);
  const queue = config['errors.deadletterqueue.topic.name'];
  if (queue === '') return undefined;
  const saysWhy = config['errors.deadletterqueue.context.headers.enable'];
  return {
    topic: queue,
    topicSettings: { partitions: 1, replicationFactor: config['errors.deadletterqueue.topic.replication.factor'], configs: {} },
    letterOf: (record, failure) => {
      meter.add('kafka_connect_task_error_metrics_deadletterqueue_produce_requests', 1, labels);
      const { topic, key, value, headers, timestamp } = record;
      const context = saysWhy ? errorContextHeaders({ topic, connector: id.connector, task: id.task }, failure) : [];
      const own = headers.map(headerOf);
      return { topic: queue, partition: undefined, key: jsonBytes(key), value: jsonBytes(value), headers: [...own, ...context], timestamp };
    },
  };
};

/** Unlike a sink's, such a record has no bytes yet, and may be one that has none in its converter's eyes: JSON says what is in it. */
const jsonBytes = (value: unknown): Uint8Array | null => {
  if (value === null || value === undefined) return null;
  try {
    return Buffer.from(JSON.stringify(plainToJson(value)));
  } catch {
    return Buffer.from(JSON.stringify(inspect(value)));
  }
};

const headerOf = ({ key, schema, value }: Header): OutgoingHeader => {
  if (value === null || value === undefined) return { key, value: null };
  try {
    return { key, value: Buffer.from(valueText({ schema, value })) };
  } catch {
    return { key, value: jsonBytes(value) };
  }
};

import { hasReaction, isHeadraceError } from '@headrace/foundation';
import type { OutgoingHeader } from '@headrace/ports';
import { traceOf } from '../session/failure-report.ts';
import type { StageError } from './stage-error.ts';

/** What Kafka Connect's context headers say of a record, beside its failure. */
export interface ErrorContext {
  readonly topic: string;
  /** Where a sink read it; left out for records of sources, which were never in Kafka. */
  readonly place?: { readonly partition: number; readonly offset: bigint };
  readonly connector: string;
  readonly task: number;
}

/** Names, order and texts of Kafka Connect's context headers, Java's class names included: tools for dead letters look for them. */
export const errorContextHeaders = (context: ErrorContext, failure: StageError): readonly OutgoingHeader[] => {
  const { cause, stage } = failure;
  const { topic, place, connector, task } = context;
  const texts: readonly (readonly [string, string])[] = [
    ['topic', topic],
    ...(place === undefined
      ? []
      : ([
          ['partition', String(place.partition)],
          ['offset', String(place.offset)],
        ] as const)),
    ['connector.name', connector],
    ['task.id', String(task)],
    ['stage', stage],
    ['class.name', stage === 'TASK_PUT' ? 'org.apache.kafka.connect.sink.SinkTask' : failure.className],
    ['exception.class.name', javaClassOf(cause)],
    ['exception.message', cause.message],
    ['exception.stacktrace', traceOf(cause, javaClassOf)],
  ];
  return texts.map(([name, text]) => ({ key: `__connect.errors.${name}`, value: Buffer.from(text) }));
};

const JAVA_ERRORS = 'org.apache.kafka.connect.errors';

const javaClassOf = (error: Error): string => {
  if (hasReaction(error, 'record')) return `${JAVA_ERRORS}.DataException`;
  if (hasReaction(error, 'retry')) return `${JAVA_ERRORS}.RetriableException`;
  return isHeadraceError(error) ? `${JAVA_ERRORS}.ConnectException` : error.name;
};

import type { Schema } from '@headrace/connector-api';
import { TaskFailure } from '@headrace/foundation';
import { errors } from './errors.ts';

/** The subject under which the schema of a topic's keys or values is registered. */
export type SubjectName = (topic: string, schema: Schema, isKey: boolean) => string;

const recordName = (topic: string, schema: Schema): string => {
  if (schema.type === 'struct' && schema.name !== undefined) return schema.name;
  throw new TaskFailure(
    errors.unsupported_schema.code,
    `The subject name strategy needs a named record, but topic "${topic}" has a schema without one. Use TopicNameStrategy.`,
  );
};

export const topicNameStrategy: SubjectName = (topic, _schema, isKey) => `${topic}-${isKey ? 'key' : 'value'}`;

/** By the simple class name of Confluent's strategies. */
export const subjectNames: Readonly<Record<string, SubjectName>> = {
  TopicNameStrategy: topicNameStrategy,
  RecordNameStrategy: recordName,
  TopicRecordNameStrategy: (topic, schema) => `${topic}-${recordName(topic, schema)}`,
};

/** The strategy of a class name, full or simple; undefined when there is none of that name. */
export const subjectNameOf = (className: string): SubjectName | undefined => subjectNames[className.slice(className.lastIndexOf('.') + 1)];

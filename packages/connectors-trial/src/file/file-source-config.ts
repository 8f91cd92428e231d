import type { ConfigOf } from '@headrace/foundation';

export const fileSourceKeys = {
  file: {
    type: 'STRING',
    default: null,
    importance: 'HIGH',
    doc: 'File to read, on the worker that runs the task. Unlike in Kafka Connect it has to be given: a worker has no standard input.',
  },
  topic: {
    type: 'STRING',
    importance: 'HIGH',
    doc: 'Topic of the lines.',
    validate: (topic: string) => (topic === '' ? 'String must be non-empty' : undefined),
  },
  'batch.size': { type: 'INT', default: '2000', min: 1, importance: 'LOW', doc: 'Lines handed on at a time, at most.' },
} as const;

export type FileSourceConfig = ConfigOf<typeof fileSourceKeys>;

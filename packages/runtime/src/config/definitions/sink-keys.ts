import { isTopicsPattern } from '../topics-pattern.ts';
import type { PlacedKeys } from './placed-keys.ts';

const COMMON = 'Common';
const ERRORS = 'Error Handling';

const pattern = (value: unknown): string | undefined => (isTopicsPattern(String(value)) ? undefined : 'Invalid regular expression');

/** Of sinks; of a source that gives one of them, too, where Kafka Connect would ignore them. */
export const deadLetterKeys: PlacedKeys = {
  'errors.deadletterqueue.topic.name': {
    type: 'STRING',
    default: '',
    importance: 'MEDIUM',
    group: ERRORS,
    orderInGroup: 6,
    width: 'MEDIUM',
    displayName: 'Dead Letter Queue Topic Name',
    doc: 'Topic for records that could not be handled; empty for none.',
  },
  'errors.deadletterqueue.topic.replication.factor': {
    type: 'SHORT',
    default: '3',
    importance: 'MEDIUM',
    group: ERRORS,
    orderInGroup: 7,
    width: 'MEDIUM',
    displayName: 'Dead Letter Queue Topic Replication Factor',
    doc: 'Replicas of the dead letter topic, when it has to be created.',
  },
  'errors.deadletterqueue.context.headers.enable': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'MEDIUM',
    group: ERRORS,
    orderInGroup: 8,
    width: 'MEDIUM',
    displayName: 'Enable Error Context Headers',
    doc: 'Whether headers of a dead letter say where it came from and what went wrong.',
  },
};

/** What sinks have beside the common options, as Kafka Connect 4.3 lists them. */
export const sinkKeys: PlacedKeys = {
  topics: {
    type: 'LIST',
    default: '',
    importance: 'HIGH',
    group: COMMON,
    orderInGroup: 4,
    width: 'LONG',
    displayName: 'Topics',
    doc: 'Topics to read. Either this or topics.regex.',
  },
  'topics.regex': {
    type: 'STRING',
    default: '',
    importance: 'HIGH',
    group: COMMON,
    orderInGroup: 4,
    width: 'LONG',
    displayName: 'Topics regex',
    doc: 'Regular expression that the whole name of each topic to read matches. Either this or topics.',
    validate: pattern,
  },
  ...deadLetterKeys,
};

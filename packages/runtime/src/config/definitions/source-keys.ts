import { uniqueAliases, type PlacedKeys } from './placed-keys.ts';

const EXACTLY_ONCE = 'Exactly Once Support';

const nonEmpty = (value: unknown): string | undefined => (value === '' ? 'String must be non-empty' : undefined);

/** What sources have beside the common options, as Kafka Connect 4.3 lists them. */
export const sourceKeys: PlacedKeys = {
  'topic.creation.groups': {
    type: 'LIST',
    default: '',
    importance: 'LOW',
    group: 'Topic Creation',
    orderInGroup: 1,
    width: 'LONG',
    displayName: 'Topic Creation Groups',
    doc: 'Names of the groups of topics that get settings of their own when they are created.',
    validate: uniqueAliases,
  },
  'exactly.once.support': {
    type: 'STRING',
    default: 'requested',
    values: ['REQUIRED', 'REQUESTED'],
    ignoreCase: true,
    importance: 'MEDIUM',
    group: EXACTLY_ONCE,
    orderInGroup: 2,
    width: 'SHORT',
    displayName: 'Exactly once support',
    doc: 'Whether the connector may run only when each change is guaranteed to reach Kafka once (required).',
  },
  'transaction.boundary': {
    type: 'STRING',
    default: 'poll',
    values: ['INTERVAL', 'POLL', 'CONNECTOR'],
    ignoreCase: true,
    importance: 'MEDIUM',
    group: EXACTLY_ONCE,
    orderInGroup: 3,
    width: 'SHORT',
    displayName: 'Transaction Boundary',
    doc: 'What ends a Kafka transaction: whole batches as they are polled, an interval, or the connector. Size bounds it in any case.',
  },
  'transaction.boundary.interval.ms': {
    type: 'LONG',
    default: null,
    min: 0,
    importance: 'LOW',
    group: EXACTLY_ONCE,
    orderInGroup: 4,
    width: 'SHORT',
    displayName: 'Transaction boundary interval',
    doc: 'Milliseconds between transaction ends under transaction.boundary=interval.',
  },
  'offsets.storage.topic': {
    type: 'STRING',
    default: null,
    importance: 'LOW',
    group: 'offsets.topic',
    orderInGroup: 1,
    width: 'LONG',
    displayName: 'Offsets topic',
    doc: "Topic for this connector's positions, when the worker's is not to be used.",
    validate: nonEmpty,
  },
};

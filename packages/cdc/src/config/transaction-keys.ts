import type { ConfigKey } from '@headrace/foundation';

/** Keys of transaction metadata, for connectors that have it. */
export type TransactionKeys = Readonly<
  Record<'provide.transaction.metadata', ConfigKey<'BOOLEAN'>> & Record<'topic.transaction', ConfigKey<'STRING'>>
>;

export const transactionKeys: TransactionKeys = {
  'provide.transaction.metadata': {
    type: 'BOOLEAN',
    default: 'false',
    importance: 'LOW',
    doc: 'Events say their place in their transaction; a topic tells where transactions begin and end.',
  },
  'topic.transaction': {
    type: 'STRING',
    default: 'transaction',
    importance: 'LOW',
    doc: 'Last part of the name of that topic, behind topic.prefix.',
  },
};

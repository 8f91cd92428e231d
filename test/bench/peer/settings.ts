// Everything the peer is given beside the connection, by its own guides, so that it can be disputed line by line.
import type { Tuning } from '../systems/connect-worker.ts';

/** Debezium's advice for throughput: larger batches, a queue of four of them, no long wait for a full one. */
const queue = {
  'max.batch.size': '8192',
  'max.queue.size': '32768',
  'poll.interval.ms': '50',
} as const;

/** Larger produce requests than the client's defaults. No compression on either side. */
const producer = {
  'producer.override.linger.ms': '10',
  'producer.override.batch.size': '262144',
  'producer.override.buffer.memory': '67108864',
  'producer.override.compression.type': 'none',
} as const;

export const peerTuning: Tuning = {
  postgres: { ...queue, ...producer, 'snapshot.fetch.size': '20480' },
  // The MariaDB driver streams a snapshot's rows unless told otherwise.
  mariadb: { ...queue, ...producer },
  sink: {
    'batch.size': '2000',
    // Caps the batch: a poll brings 500 records unless told otherwise.
    'consumer.override.max.poll.records': '2000',
    'consumer.override.fetch.min.bytes': '262144',
    'consumer.override.max.partition.fetch.bytes': '8388608',
    'use.reduction.buffer': 'true',
    // dialect.postgres.unnest.insert.enabled would be quicker still, but fails in 3.5.0 on Debezium's own timestamps.
  },
  // The drivers then send a batch as one: rows of one INSERT, or one bulk execution.
  sinkUrlQuery: { postgres: '?reWriteBatchedInserts=true', mariadb: '?useBulkStmts=true' },
};

import type { JsonMap, SourcePosition } from '@headrace/connector-api';
import { silentMeter } from '@headrace/foundation';
import { connectJson, offsetKey, partitionOfKey } from '@headrace/ports';
import { BatchAccumulator, type Cut } from '../producer/batch-accumulator.ts';
import { BatchSender } from '../producer/batch-sender.ts';
import { ProducerMetrics } from '../metrics/producer-metrics.ts';
import type { ProducerSession } from '../producer/producer-session.ts';
import { Progress } from '../producer/progress.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Connections } from '../cluster/connections.ts';
import { RecordView } from '../wire/record-view.ts';

export interface OffsetRecordsOptions {
  readonly cluster: Cluster;
  readonly connections: Connections;
  readonly topic: string;
  readonly partitionCount: number;
  /** undefined: plain records, without a producer id. What is repeated then is repeated, which compaction undoes. */
  readonly session: ProducerSession | undefined;
}

const maxRequestBytes = 1_048_576;
const timeoutMs = 30_000;
const deliveryTimeoutMs = 60_000;

/** Writes a few records to the offsets topic and waits for them. The first failure is the last call. */
export class OffsetRecords {
  readonly #options: OffsetRecordsOptions;
  readonly #accumulator: BatchAccumulator;
  readonly #sender: BatchSender;
  readonly #progress = new Progress();

  constructor(options: OffsetRecordsOptions) {
    const { cluster, connections, session } = options;
    this.#options = options;
    const isTransactional = session !== undefined;
    const { producerId = -1n, producerEpoch = -1, transactionalId = null } = session ?? {};
    this.#accumulator = new BatchAccumulator({
      identity: { producerId, producerEpoch, isTransactional, compression: 'none' },
      maxBatchBytes: maxRequestBytes,
      monotonic: () => cluster.clock.monotonic(),
    });
    this.#sender = new BatchSender({
      cluster,
      connections,
      accumulator: this.#accumulator,
      transactionalId,
      isEager: false,
      maxRequestBytes,
      deliveryTimeoutMs,
      requestTimeoutMs: timeoutMs,
      // Positions are not what a task produces.
      metrics: new ProducerMetrics(silentMeter, cluster.clientId),
      onAcknowledged: () => {
        this.#progress.reach(this.#accumulator.acknowledgedUpTo);
      },
      onFailure: (failure) => {
        this.#progress.fail(failure as Error);
      },
    });
  }

  /** Encodes positions; they leave with `send`. */
  add(connector: string, positions: readonly SourcePosition[]): Cut {
    const { cluster, topic, partitionCount } = this.#options;
    const view = new RecordView();
    for (const { partition, offset } of positions) {
      const key = offsetKey(connector, partition);
      const queue = this.#accumulator.queue(topic, partitionOfKey(key, partitionCount));
      this.#accumulator.add(queue, view.ofRecord({ key, value: valueOf(offset), headers: [] }), cluster.clock.now(), 0);
    }
    return this.#accumulator.cut();
  }

  /** Resolves when the cut is acknowledged. */
  async send(cut: Cut, signal: AbortSignal): Promise<void> {
    this.#sender.release(cut.id);
    await this.#progress.until(cut.lastTicket, signal);
  }

  close(): void {
    this.#sender.close();
  }
}

const valueOf = (offset: JsonMap | null): Buffer | null => (offset === null ? null : Buffer.from(connectJson(offset)));

import { NetworkError, type Broker, type Connection } from '@platformatic/kafka';
import type { Connections } from '../cluster/connections.ts';
import type { BatchAccumulator } from './batch-accumulator.ts';
import type { Batch, PartitionQueue } from './partition-queue.ts';

/** Requests on their way to one broker: brokers remember five batches per producer and partition to recognise repetitions. */
const maxInFlight = 5;

/** While requests are on their way, unfinished batches wait until together they are worth one. */
const worthwhileBytes = 64 * 1_024;

export interface Pick {
  readonly queue: PartitionQueue;
  readonly batch: Batch;
}

export interface PickRules {
  readonly accumulator: BatchAccumulator;
  readonly maxRequestBytes: number;
  /** Whether batches being built may be ended and taken. */
  readonly isEager: boolean;
  readonly isReleased: (batch: Batch) => boolean;
}

/** The way to one broker: its connection and how many requests are on it. */
export class BrokerLane {
  readonly nodeId: number;
  #connection: Connection | undefined;
  #isConnecting = false;
  #inFlight = 0;

  constructor(nodeId: number) {
    this.nodeId = nodeId;
  }

  get connection(): Connection | undefined {
    return this.#connection;
  }

  get isConnected(): boolean {
    return this.#connection?.isConnected() === true;
  }

  get isConnecting(): boolean {
    return this.#isConnecting;
  }

  get hasRoom(): boolean {
    return this.#inFlight < maxInFlight && this.isConnected;
  }

  async connect(broker: Broker | undefined, connections: Connections): Promise<void> {
    if (broker === undefined) throw new NetworkError(`Broker ${String(this.nodeId)} is not known at present.`);
    this.#isConnecting = true;
    try {
      this.#connection = await connections.get(broker);
    } finally {
      this.#isConnecting = false;
    }
  }

  begin(): void {
    this.#inFlight += 1;
  }

  end(): void {
    this.#inFlight -= 1;
  }

  /** Takes the batches of the next request from the queues, one per partition; none when waiting makes a better request. */
  pick(queues: readonly PartitionQueue[], rules: PickRules): readonly Pick[] {
    const { accumulator, maxRequestBytes } = rules;
    const chosen: PartitionQueue[] = [];
    let bytes = 0;
    let hasFinished = false;
    for (const queue of queues) {
      const size = sizeOfNext(queue, rules);
      const isFitting = chosen.length === 0 || bytes + size <= maxRequestBytes;
      if (size === 0 || !isFitting) continue;
      bytes += size;
      hasFinished ||= queue.ready.length > 0;
      chosen.push(queue);
    }
    if (this.#inFlight > 0 && !hasFinished && bytes < worthwhileBytes) return [];
    return chosen.flatMap((queue) => take(queue, accumulator));
  }
}

/** Bytes of the batch that may be sent next to this partition, 0 when there is none. */
const sizeOfNext = (queue: PartitionQueue, { isEager, isReleased }: PickRules): number => {
  if (queue.isRecovering && queue.inFlight.size > 0) return 0;
  const next = queue.ready[0];
  if (next !== undefined) return isReleased(next) ? next.builder.size : 0;
  return isEager ? (queue.builder?.size ?? 0) : 0;
};

const take = (queue: PartitionQueue, accumulator: BatchAccumulator): readonly Pick[] => {
  if (queue.ready.length === 0) accumulator.seal(queue);
  const batch = queue.ready.shift();
  if (batch === undefined) return [];
  queue.inFlight.add(batch);
  // To the end of the line: a busy partition must not keep others out of the requests.
  accumulator.pending.delete(queue);
  accumulator.pending.add(queue);
  return [{ queue, batch }];
};

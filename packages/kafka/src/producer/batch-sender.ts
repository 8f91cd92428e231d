import { setImmediate } from 'node:timers';
import { backoffMs, RecordError, RetriableError, TaskFailure } from '@headrace/foundation';
import { ProtocolError } from '@platformatic/kafka';
import { errorNameOf, isFencingAnswer, isTransient, isTransientAnswer, toKafkaError } from '../cluster/broker-failure.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Connections } from '../cluster/connections.ts';
import { errors } from '../errors.ts';
import type { ProducerMetrics, SentBatch } from '../metrics/producer-metrics.ts';
import { decodeProduce, encodeProduce, produceApi, type ProduceResult } from '../wire/produce-codec.ts';
import type { BatchAccumulator } from './batch-accumulator.ts';
import { BrokerLane, type Pick } from './broker-lane.ts';
import type { Batch, PartitionQueue } from './partition-queue.ts';

export interface BatchSenderOptions {
  readonly cluster: Cluster;
  readonly connections: Connections;
  readonly accumulator: BatchAccumulator;
  /** Of the transaction the batches are part of; null for plain batches. */
  readonly transactionalId: string | null;
  /** Whether batches being built may be ended and sent whenever there is room. Otherwise only released cuts are sent. */
  readonly isEager: boolean;
  readonly maxRequestBytes: number;
  /** Longest time from the end of a batch to its acknowledgement. */
  readonly deliveryTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly metrics: ProducerMetrics;
  onAcknowledged(): void;
  /** A client failure or an error of ours; nothing is sent any more. */
  onFailure(failure: unknown): void;
}

const retryBackoff = { initialMs: 20, maxMs: 1_000 };

/**
 * Sends batches to the partitions' leaders: several requests in flight per broker, batches of a partition in sequence
 * order, again and again with the same sequence numbers until they are acknowledged. What the broker got twice it drops,
 * so a lost connection neither loses nor doubles a batch.
 */
export class BatchSender {
  readonly #options: BatchSenderOptions;
  readonly #lanes = new Map<number, BrokerLane>();
  readonly #lifetime = new AbortController();
  #releasedCut = -1;
  #isPumpDue = false;
  #wakeAtMs = Number.POSITIVE_INFINITY;

  constructor(options: BatchSenderOptions) {
    this.#options = options;
  }

  get isClosed(): boolean {
    return this.#lifetime.signal.aborted;
  }

  /** Nothing is sent from now on, and answers that still come are ignored. */
  close(): void {
    this.#lifetime.abort();
  }

  /** Lets the batches of this cut and of those before it go. */
  release(cut: number): void {
    this.#releasedCut = cut;
    this.#pump();
  }

  /** Sends what can be sent, after this turn of the event loop: small appends one after the other make one request. */
  wake(): void {
    if (this.#isPumpDue || this.isClosed) return;
    this.#isPumpDue = true;
    setImmediate(() => {
      this.#isPumpDue = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.isClosed) return;
    const { cluster, accumulator } = this.#options;
    const now = cluster.clock.monotonic();
    const queuesByLane = new Map<BrokerLane, PartitionQueue[]>();
    let isLeaderMissing = false;
    for (const queue of accumulator.pending) {
      if (!this.#isSendable(queue, now)) continue;
      const leader = cluster.leader(queue.topic, queue.partition);
      if (leader === undefined) {
        isLeaderMissing = true;
        this.#postpone(queue, now);
        continue;
      }
      const lane = this.#laneTo(leader);
      const queues = queuesByLane.get(lane);
      if (queues === undefined) queuesByLane.set(lane, [queue]);
      else queues.push(queue);
    }
    if (isLeaderMissing) this.#refreshLeaders();
    for (const [lane, queues] of queuesByLane) this.#drain(lane, queues);
  }

  #isSendable(queue: PartitionQueue, now: number): boolean {
    queue.restoreFailed();
    if (queue.isRecovering && queue.inFlight.size > 0) return false;
    const next = queue.ready[0];
    const hasBatch = next === undefined ? this.#options.isEager && queue.builder !== undefined : this.#isReleased(next);
    if (!hasBatch) return false;
    if (queue.retryAtMs <= now) return true;
    this.#wakeAt(queue.retryAtMs);
    return false;
  }

  #isReleased(batch: Batch): boolean {
    return this.#options.isEager || batch.cut <= this.#releasedCut;
  }

  #drain(lane: BrokerLane, queues: readonly PartitionQueue[]): void {
    if (!lane.isConnected) {
      void this.#connect(lane, queues);
      return;
    }
    const { accumulator, maxRequestBytes, isEager } = this.#options;
    while (lane.hasRoom) {
      const picks = lane.pick(queues, { accumulator, maxRequestBytes, isEager, isReleased: (batch) => this.#isReleased(batch) });
      if (picks.length === 0) return;
      this.#send(lane, picks);
    }
  }

  #send(lane: BrokerLane, picks: readonly Pick[]): void {
    const { cluster, metrics, transactionalId, requestTimeoutMs } = this.#options;
    const entries = picks.map(({ queue, batch }) => ({
      topic: queue.topic,
      partition: queue.partition,
      bytes: batch.builder.buffer.subarray(0, batch.builder.size),
    }));
    const sentAt = cluster.clock.monotonic();
    metrics.sent(picks.map(({ queue, batch }) => sentBatch(queue, batch, sentAt)));
    lane.begin();
    lane.connection?.send(
      produceApi.key,
      produceApi.version,
      () => encodeProduce(transactionalId, requestTimeoutMs, entries),
      decodeProduce,
      true,
      true,
      (failure, results) => {
        lane.end();
        metrics.answered(cluster.clock.monotonic() - sentAt);
        this.#onAnswer(picks, failure, results);
      },
    );
  }

  #onAnswer(picks: readonly Pick[], failure: Error | null, results: readonly ProduceResult[] | undefined): void {
    if (this.isClosed) return;
    if (failure !== null || results === undefined) {
      if (failure !== null && !isTransient(failure)) {
        this.#fail(failure);
        return;
      }
      for (const { queue, batch } of picks) this.#retry(queue, batch);
      this.#refreshLeaders();
    } else {
      const byPartition = new Map(results.map((result) => [`${result.topic}/${String(result.partition)}`, result]));
      for (const { queue, batch } of picks) this.#settle(queue, batch, byPartition.get(`${queue.topic}/${String(queue.partition)}`));
      this.#options.onAcknowledged();
    }
    this.wake();
  }

  #settle(queue: PartitionQueue, batch: Batch, result: ProduceResult | undefined): void {
    const answer = result === undefined ? 'UNKNOWN_SERVER_ERROR' : errorNameOf(result.errorCode);
    if (answer === 'NONE' || answer === 'DUPLICATE_SEQUENCE_NUMBER') {
      queue.inFlight.delete(batch);
      queue.attempts = 0;
      queue.isRecovering = queue.failed.length > 0;
      this.#options.accumulator.acknowledge(queue, batch);
    } else if (isTransientAnswer(answer)) {
      this.#refreshLeaders();
      this.#retry(queue, batch);
    } else if (answer === 'OUT_OF_ORDER_SEQUENCE_NUMBER' && !queue.isOldest(batch)) {
      // Only because a batch before it has to come first.
      this.#retry(queue, batch);
    } else if (isTooLarge(answer) && batch.builder.count > 1) {
      queue.inFlight.delete(batch);
      queue.isRecovering = true;
      this.#options.accumulator.split(queue, batch);
    } else {
      this.#options.metrics.refused(queue.topic, batch.builder.count);
      this.#fail(refusal(queue, batch, answer, result));
    }
  }

  #retry(queue: PartitionQueue, batch: Batch): void {
    queue.inFlight.delete(batch);
    batch.builder.retire();
    queue.failed.push(batch);
    this.#options.metrics.retried(queue.topic, batch.builder.count);
    queue.isRecovering = true;
    this.#postpone(queue, this.#options.cluster.clock.monotonic());
  }

  /** The partition has to wait; the writer fails when its oldest batch has waited too long. */
  #postpone(queue: PartitionQueue, now: number): void {
    if (this.#options.isEager) this.#options.accumulator.seal(queue);
    const { deliveryTimeoutMs } = this.#options;
    const oldest = [...queue.failed, ...queue.ready].reduce((at, batch) => Math.min(at, batch.sealedAtMs), now);
    if (now - oldest >= deliveryTimeoutMs) {
      const message = `Kafka did not acknowledge a batch for ${partitionName(queue)} within ${String(deliveryTimeoutMs)} ms. ${errors.delivery_timeout.hint}`;
      this.#fail(new RetriableError(errors.delivery_timeout.code, message, { fields: { topic: queue.topic, partition: queue.partition } }));
      return;
    }
    queue.retryAtMs = now + backoffMs(this.#options.cluster.clock, queue.attempts, retryBackoff);
    queue.attempts += 1;
    this.#wakeAt(queue.retryAtMs);
  }

  async #connect(lane: BrokerLane, queues: readonly PartitionQueue[]): Promise<void> {
    if (lane.isConnecting) return;
    const { cluster, connections } = this.#options;
    try {
      await lane.connect(cluster.node(lane.nodeId), connections);
    } catch (failure) {
      if (this.isClosed) return;
      if (!isTransient(failure)) {
        this.#fail(toKafkaError(failure, 'Connecting to a broker'));
        return;
      }
      const now = cluster.clock.monotonic();
      for (const queue of queues) this.#postpone(queue, now);
      this.#refreshLeaders();
    }
    this.wake();
  }

  #laneTo(nodeId: number): BrokerLane {
    let lane = this.#lanes.get(nodeId);
    if (lane === undefined) {
      lane = new BrokerLane(nodeId);
      this.#lanes.set(nodeId, lane);
    }
    return lane;
  }

  /** Asks for the leaders anew; what comes of it is seen at the next turn, so a failure needs no handling. */
  #refreshLeaders(): void {
    this.#options.cluster.refresh([]).then(
      () => {
        this.wake();
      },
      () => undefined,
    );
  }

  #wakeAt(atMs: number): void {
    if (atMs >= this.#wakeAtMs) return;
    const { clock } = this.#options.cluster;
    this.#wakeAtMs = atMs;
    const delayMs = Math.max(1, atMs - clock.monotonic());
    clock.sleep(delayMs, this.#lifetime.signal).then(
      () => {
        this.#wakeAtMs = Number.POSITIVE_INFINITY;
        this.wake();
      },
      () => undefined,
    );
  }

  #fail(failure: unknown): void {
    if (this.isClosed) return;
    this.close();
    this.#options.onFailure(failure);
  }
}

const sentBatch = ({ topic }: PartitionQueue, { builder, sealedAtMs }: Batch, sentAt: number): SentBatch => ({
  topic,
  records: builder.count,
  bytes: builder.size,
  queuedMs: sentAt - sealedAtMs,
});

const isTooLarge = (answer: string): boolean => answer === 'MESSAGE_TOO_LARGE' || answer === 'RECORD_LIST_TOO_LARGE';

const partitionName = ({ topic, partition }: PartitionQueue): string => `"${topic}" partition ${String(partition)}`;

/** An answer that sending again does not change. Fencing stays a client failure: the writer asks for ownership first. */
const refusal = (queue: PartitionQueue, batch: Batch, answer: string, result: ProduceResult | undefined): unknown => {
  const { topic, partition } = queue;
  const cause = new ProtocolError(result?.errorCode ?? -1, result?.message ?? null);
  if (isFencingAnswer(answer)) return cause;
  if (isTooLarge(answer)) {
    const message = `A record of ${String(batch.builder.size)} bytes is larger than topic "${topic}" allows. ${errors.record_too_large.hint}`;
    return new RecordError(errors.record_too_large.code, message, { cause, fields: { topic, index: batch.firstIndex } });
  }
  if (answer.endsWith('AUTHORIZATION_FAILED')) return toKafkaError(cause, `Writing to topic "${topic}"`);
  const said = result?.message === undefined || result.message === null ? '' : ` (${result.message})`;
  const message = `The broker refuses records for ${partitionName(queue)}: ${answer}${said}. ${errors.record_refused.hint}`;
  return answer === 'UNKNOWN_SERVER_ERROR'
    ? new RetriableError(errors.unavailable.code, message, { cause })
    : new TaskFailure(errors.record_refused.code, message, { cause, fields: { topic, partition, answer } });
};

import { randomUUID } from 'node:crypto';
import { silentLogger, silentMeter, systemClock } from '@headrace/foundation';
import type { KafkaPorts } from '@headrace/ports';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { createKafka } from '../src/index.ts';

/** A broker that has just started loads its coordinators when they are first asked for. */
const patient = { retries: 60, initialRetryTime: 100, maxRetryTime: 1_000 };

const deadlineMs = 20_000;

/** The broker of the running stack, looked at with a client that is not ours. Deletes the topics of the test at its end. */
export class TestBroker implements AsyncDisposable {
  readonly run: string = `hr-${randomUUID().slice(0, 8)}`;
  readonly brokers: string;
  readonly client: Kafka;
  readonly admin: Admin;
  #names = 0;

  private constructor(brokers: string) {
    this.brokers = brokers;
    this.client = new Kafka({ clientId: this.run, brokers: brokers.split(','), logLevel: logLevel.NOTHING, retry: patient });
    this.admin = this.client.admin();
  }

  static async connect(brokers: string | undefined = process.env['KAFKA_BROKERS']): Promise<TestBroker> {
    if (brokers === undefined) throw new Error('KAFKA_BROKERS is not set: run `eval "$(./scripts/stack env)"` first.');
    const broker = new TestBroker(brokers);
    await broker.admin.connect();
    return broker;
  }

  unique(name: string): string {
    this.#names += 1;
    return `${this.run}-${name}-${String(this.#names)}`;
  }

  /** The ports of one worker. */
  ports(): KafkaPorts {
    return createKafka({
      settings: { 'bootstrap.servers': this.brokers },
      clientId: this.run,
      offsetsTopic: `${this.run}-offsets`,
      offsetsTopicPartitions: 3,
      clock: systemClock,
      log: silentLogger,
      meter: silentMeter,
    });
  }

  /** The high watermark of partition 0. */
  async endOffset(topic: string): Promise<bigint> {
    const offsets = await this.admin.fetchTopicOffsets(topic);
    return BigInt(offsets.find(({ partition }) => partition === 0)?.high ?? 0);
  }

  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = systemClock.monotonic() + deadlineMs;
    while (!(await condition())) {
      if (systemClock.monotonic() > deadline) throw new Error(`Nothing happened within ${String(deadlineMs)} ms.`);
      await systemClock.sleep(20, new AbortController().signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const topics = (await this.admin.listTopics()).filter((topic) => topic.startsWith(this.run));
    if (topics.length > 0) await this.admin.deleteTopics({ topics });
    await this.admin.disconnect();
  }
}

import { createLatch, type Clock, type Latch, type Logger, type Meter } from '@headrace/foundation';
import { metadataV12, type Broker, type ConnectionOptions } from '@platformatic/kafka';
import { errorNameOf } from './broker-failure.ts';
import { Connections } from './connections.ts';
import { untilAnswered } from './retry.ts';

type MetadataResponse = metadataV12.MetadataResponse;

export interface ClusterOptions {
  readonly brokers: readonly Broker[];
  readonly clientId: string;
  /** TLS, SASL and time-outs, as the client library takes them. */
  readonly connection: ConnectionOptions;
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter: Meter;
}

/** Node ids of the partitions' leaders, -1 where there is none now. */
export interface TopicLayout {
  readonly leaders: readonly number[];
}

/** Longest wait for any broker to answer a question about the cluster. */
const metadataDeadlineMs = 60_000;

/**
 * What we know of the cluster: brokers, and the leaders of the topics somebody asked for. One per set of ports, shared by
 * its writers and readers.
 */
export class Cluster implements AsyncDisposable {
  readonly clientId: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter: Meter;
  readonly #options: ClusterOptions;
  readonly #connections: Connections;
  readonly #topics = new Map<string, TopicLayout>();
  #nodes = new Map<number, Broker>();
  #nextBroker = 0;
  #refresh: { readonly names: Set<string>; readonly latch: Latch<void> } | undefined;
  #isRefreshing = false;
  readonly #lifetime = new AbortController();

  constructor(options: ClusterOptions) {
    this.clientId = options.clientId;
    this.clock = options.clock;
    this.log = options.log;
    this.meter = options.meter;
    this.#options = options;
    this.#connections = this.openConnections();
  }

  openConnections(): Connections {
    return new Connections(this.#options.clientId, this.#options.connection);
  }

  /** Connections for administration: short requests only. */
  get connections(): Connections {
    return this.#connections;
  }

  /** What was last heard about a topic; undefined when it was not asked for or does not exist. */
  layout(topic: string): TopicLayout | undefined {
    return this.#topics.get(topic);
  }

  node(id: number): Broker | undefined {
    return this.#nodes.get(id);
  }

  leader(topic: string, partition: number): number | undefined {
    const leader = this.#topics.get(topic)?.leaders[partition];
    return leader === undefined || leader < 0 || !this.#nodes.has(leader) ? undefined : leader;
  }

  /** Asks for these topics (known ones are kept up to date with them); calls that come meanwhile share the next answer. */
  async refresh(names: Iterable<string>): Promise<void> {
    this.#refresh ??= { names: new Set(), latch: createLatch() };
    for (const name of names) this.#refresh.names.add(name);
    const { promise } = this.#refresh.latch;
    if (!this.#isRefreshing) void this.#runRefreshes();
    await promise;
  }

  /** One request to any broker that answers, starting with another one each time. */
  async metadata(topics: readonly string[] | null, signal: AbortSignal): Promise<MetadataResponse> {
    const attempt = async (): Promise<MetadataResponse> => {
      const broker = this.anyBroker();
      try {
        return await this.#connections.call(broker, metadataV12.api, [topics === null ? null : [...topics], false, false], signal);
      } catch (failure) {
        // The client turns the error of one topic into a failure of the whole answer.
        const { response } = failure as { response?: MetadataResponse };
        if (response !== undefined) return response;
        throw failure;
      }
    };
    const what = `Asking Kafka at ${this.addresses} for metadata`;
    const response = await untilAnswered(attempt, { clock: this.clock, deadlineMs: metadataDeadlineMs, what }, signal);
    if (response.brokers.length > 0) this.#nodes = new Map(response.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
    for (const topic of response.topics) this.#learn(topic);
    return response;
  }

  /** Known brokers in turn, and the configured ones, which stay valid when all others have moved. */
  anyBroker(): Broker {
    const candidates = [...this.#nodes.values(), ...this.#options.brokers];
    this.#nextBroker = (this.#nextBroker + 1) % candidates.length;
    const broker = candidates[this.#nextBroker];
    if (broker === undefined) throw new TypeError('A Kafka cluster needs at least one broker address.');
    return broker;
  }

  get addresses(): string {
    return this.#options.brokers.map(({ host, port }) => `${host}:${String(port)}`).join(',');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lifetime.abort();
    await this.#connections[Symbol.asyncDispose]();
  }

  async #runRefreshes(): Promise<void> {
    this.#isRefreshing = true;
    for (let refresh = this.#refresh; refresh !== undefined; refresh = this.#refresh) {
      this.#refresh = undefined;
      try {
        await this.metadata([...new Set([...this.#topics.keys(), ...refresh.names])], this.#lifetime.signal);
        refresh.latch.resolve();
      } catch (error) {
        refresh.latch.promise.catch(() => undefined);
        refresh.latch.reject(error as Error);
      }
    }
    this.#isRefreshing = false;
  }

  #learn(topic: MetadataResponse['topics'][number]): void {
    const { name } = topic;
    if (name === null || name === undefined) return;
    const answer = errorNameOf(topic.errorCode);
    if (answer === 'UNKNOWN_TOPIC_OR_PARTITION') {
      this.#topics.delete(name);
    } else if (answer === 'NONE') {
      const leaders = new Array<number>(topic.partitions.length).fill(-1);
      for (const partition of topic.partitions) leaders[partition.partitionIndex] = partition.leaderId;
      this.#topics.set(name, { leaders });
    }
  }
}

import type { ConnectorConfig } from '../../support/rest.ts';
import { dropTopics } from '../leftovers.ts';
import { uniqueName, type SourceDatabase, type SourceKind } from '../sources/source-database.ts';
import type { ConnectWorker } from '../systems/connect-worker.ts';
import { waitFor } from '../wait.ts';
import type { Bench } from '../workload.ts';

/** What most users ask for: the row in the place of the event. A delete stays a record, so that a change is one. */
const unwrap: ConnectorConfig = {
  transforms: 'unwrap',
  'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
  'transforms.unwrap.delete.tombstone.handling.mode': 'rewrite',
  'transforms.unwrap.add.fields': 'op,source.ts_ms',
};

const startTimeoutMs = 90_000;
const quietMs = 3_000;

/** A source connector with its topic, before it is decided what it shall read. */
export class SourceConnector implements AsyncDisposable {
  readonly name = uniqueName();
  readonly #topics: readonly string[];
  /** What was counted last, and how much of it stood in the last topic. */
  #counted = { all: 0, inLast: -1 };
  readonly #bench: Bench;
  readonly #worker: ConnectWorker;
  readonly #source: SourceDatabase;

  private constructor(bench: Bench, worker: ConnectWorker, source: SourceDatabase) {
    this.#bench = bench;
    this.#worker = worker;
    this.#source = source;
    this.#topics = source.tables.map(({ name }) => source.topic(this.name, name));
  }

  /** Topic of the first table, in most cases the only one. */
  get topic(): string {
    return this.#topics[0] ?? '';
  }

  /** Makes the topics; the connector itself is created by `create`. */
  static async prepare(bench: Bench, worker: ConnectWorker, source: SourceDatabase): Promise<SourceConnector> {
    const connector = new SourceConnector(bench, worker, source);
    await bench.topics.create(connector.#topics);
    return connector;
  }

  async create(kind: SourceKind, overrides: ConnectorConfig): Promise<void> {
    const transforms = this.#bench.hasTransforms ? unwrap : {};
    const config = { ...this.#source.config(this.name), ...this.#worker.facts.tuning[kind], ...transforms, ...overrides };
    const isExactlyOnce = this.#worker.facts.guarantee === 'exactly-once';
    await this.#worker.create(this.name, isExactlyOnce ? { ...config, 'exactly.once.support': 'required' } : config);
  }

  /** Starts it without a snapshot; resolves when changes made from now on will arrive, and nothing is under way. */
  async createStreaming(kind: SourceKind): Promise<void> {
    await this.create(kind, { 'snapshot.mode': 'no_data' });
    await this.#worker.untilRunning(this.name);
    // RUNNING comes before the position is taken: what is written in between is not captured.
    const isArriving = async (): Promise<true | undefined> => {
      await this.#worker.status(this.name);
      await this.#source.orders.mark();
      return (await this.arrived()) > 0 ? true : undefined;
    };
    await waitFor(`changes arrive from ${this.name}`, isArriving, { withinMs: startTimeoutMs, signal: this.#bench.signal });
    await this.#settled();
  }

  /** Resolves when nothing more arrives. */
  async #settled(): Promise<void> {
    let last = { end: await this.arrived(), at: performance.now() };
    const isQuiet = async (): Promise<true | undefined> => {
      const end = await this.arrived();
      if (end !== last.end) last = { end, at: performance.now() };
      return performance.now() - last.at > quietMs ? true : undefined;
    };
    await waitFor(`${this.topic} is quiet`, isQuiet, { withinMs: startTimeoutMs, signal: this.#bench.signal });
  }

  /** Many topics fill in turn: while the last one does, it tells of all others, as to look at each would be a load of its own. */
  async arrived(): Promise<number> {
    const inLast = await this.#bench.topics.endOffset(this.#topics.at(-1) ?? '');
    const { all, inLast: before } = this.#counted;
    if (before >= 0 && inLast > before) return all + (inLast - before) * this.#topics.length;
    const others = await Promise.all(this.#topics.slice(0, -1).map(async (topic) => this.#bench.topics.endOffset(topic)));
    this.#counted = { all: others.reduce((sum, count) => sum + count, inLast), inLast };
    return this.#counted.all;
  }

  /** Records that a reader of committed records finds; `expected` tells when to stop looking. */
  async committed(expected: number): Promise<number> {
    return this.#bench.topics.committed(this.#topics, expected, this.#bench.signal);
  }

  async verify(expected: number): Promise<void> {
    const committed = await this.committed(expected);
    if (committed !== expected)
      throw new Error(
        `${this.#worker.facts.system} left ${String(committed)} committed records in ${this.#topics.join(', ')}, not ${String(expected)}.`,
      );
  }

  /** Deletes the connector and everything that it left, but the topic if the caller wants to keep it. */
  async remove(isTopicKept: boolean): Promise<void> {
    await this.#worker.delete(this.name);
    await this.#source.forget(this.name);
    await dropTopics(this.#bench, [...(isTopicKept ? [] : this.#topics), this.name, `${this.name}.history`]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove(false);
  }
}

import { compareTable, type Comparison } from '../support/compare.ts';
import type { Database } from '../support/databases.ts';
import { Ledger } from '../support/ledger.ts';
import { faults } from '../support/ledger-oracle.ts';
import { mariadbSource, mysqlSource, postgresSource, sqlSink, type Product } from '../support/product.ts';
import type { ConnectorConfig } from '../support/rest.ts';
import type { SeenEvent, TopicReader } from '../support/topic-reader.ts';
import { until } from '../support/wait.ts';
import { SequenceCheck } from './sequence-check.ts';
import { TargetAudit } from './target-audit.ts';

const keys = 40;

interface FlowParts {
  readonly title: string;
  readonly source: string;
  readonly sink: string;
  readonly sourceConfig: ConnectorConfig;
  readonly sinkConfig: ConnectorConfig;
  readonly from: Database;
  readonly to: Database;
  readonly table: string;
  readonly topic: string;
}

/** An event with the time it was read. */
interface Arrival {
  readonly id: number;
  readonly version: number | 'deleted';
  readonly at: number;
}

/** A ledger in one database, captured into Kafka and copied into the other database: what the chaos is about. */
export class Flow {
  readonly parts: FlowParts;
  readonly ledger: Ledger;
  readonly check: SequenceCheck;
  readonly audit: TargetAudit;
  #reader: TopicReader | undefined;
  #writing: Promise<void> | undefined;
  #lastAt = 0;
  #widestGapMs = 0;
  #latencies: number[] = [];
  #onArrival: ((arrival: Arrival) => void) | undefined;

  constructor(parts: FlowParts, mayRepeat: boolean) {
    this.parts = parts;
    this.ledger = new Ledger(parts.from, parts.table, 10);
    this.check = new SequenceCheck(mayRepeat);
    this.audit = new TargetAudit(parts.to, parts.topic.replaceAll('.', '_'));
  }

  get units(): readonly string[] {
    return [this.parts.source, this.parts.sink];
  }

  /** Tables, connectors and the reader are there, the snapshot has arrived, and the ledger is written from now on. */
  async begin(product: Product): Promise<void> {
    const { source, sink, sourceConfig, sinkConfig, topic } = this.parts;
    await this.ledger.create(keys);
    await this.audit.create();
    await product.rest.create(source, sourceConfig);
    await product.rest.running(source);
    this.#reader = await product.reader([topic], (event) => {
      const seen = this.check.see(event);
      if (seen === undefined) return;
      this.#arrived({ ...seen, at: performance.now() });
      this.#timed(event);
    });
    await product.rest.create(sink, sinkConfig);
    await product.rest.running(sink);
    await until(`the snapshot of ${topic} has arrived`, () => Promise.resolve(this.check.events >= keys), { withinMs: 60_000 });
    this.#writing = this.ledger.run();
  }

  /** Resolves with the time at which the topic has a change that is made from now on. */
  async nextChange(withinMs: number): Promise<number> {
    const now = new Map([...this.ledger.histories].map(([id, { versions }]) => [id, versions]));
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#onArrival = ({ id, version, at }) => {
      // One more than the next: that one may have been on its way.
      if (version !== 'deleted' && version > (now.get(id) ?? 0) + 1) resolve(at);
    };
    const inVain = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      inVain.reject(new Error(`No new change of ${this.parts.topic} within ${String(withinMs / 1_000)} s`));
    }, withinMs);
    try {
      return await Promise.race([promise, inVain.promise]);
    } finally {
      clearTimeout(timer);
      this.#onArrival = undefined;
    }
  }

  /** The widest gap between two events since it was last asked. */
  takeWidestGap(): number {
    const gap = this.#widestGapMs;
    this.#widestGapMs = 0;
    return gap;
  }

  /** Milliseconds from commit to arrival of what has come since it was last asked; none where the source tells whole seconds. */
  takeLatencies(): readonly number[] {
    const latencies = this.#latencies;
    this.#latencies = [];
    return latencies;
  }

  /** Stops writing, waits until both the topic and the target have everything, and says what is wrong with them. */
  async judge(withinMs: number): Promise<readonly string[]> {
    this.ledger.stop();
    await this.#writing;
    const { topic } = this.parts;
    const problems: string[] = [];
    let comparison: Comparison | undefined;
    const isCopied = async (): Promise<boolean> => {
      comparison = await this.#compare();
      return comparison.differences.length === 0;
    };
    await until(`the target of ${topic} equals its source`, isCopied, { withinMs, everyMs: 1_000 }).catch((failure: unknown) => {
      const [first] = comparison?.differences ?? [];
      problems.push(
        `${(failure as Error).message} ${String(comparison?.differences.length)} rows differ, the first: ${JSON.stringify(first)}`,
      );
    });
    const events = this.#reader?.events ?? [];
    problems.push(...this.check.violations);
    if (this.check.repeats === 0) problems.push(...faults(this.ledger.histories, events).map((fault) => `${topic}: ${fault}`));
    problems.push(...(await this.audit.violations()));
    return problems;
  }

  #arrived(arrival: Arrival): void {
    if (this.#lastAt > 0) this.#widestGapMs = Math.max(this.#widestGapMs, arrival.at - this.#lastAt);
    this.#lastAt = arrival.at;
    this.#onArrival?.(arrival);
  }

  #timed({ value }: SeenEvent): void {
    if (this.parts.from.kind !== 'postgres') return;
    const { ts_ms: committedAt } = value?.['source'] as { readonly ts_ms: bigint | number };
    this.#latencies.push(Date.now() - Number(committedAt));
  }

  #compare(): Promise<Comparison> {
    const columns = [
      { name: 'id', kind: 'integer' },
      { name: 'version', kind: 'integer' },
      { name: 'note', kind: 'text' },
    ] as const;
    const { from, to, table } = this.parts;
    return compareTable(from, to, { source: table, target: this.audit.table, columns, key: ['id'] });
  }
}

type Place = Awaited<ReturnType<Product['postgres']>>;

/** Its source is called like the database it reads. */
const flowOf = (
  { title, table, topic, sourceOf }: Pick<FlowParts, 'title' | 'table' | 'topic'> & { readonly sourceOf: typeof postgresSource },
  from: Place,
  to: Place,
  mayRepeat: boolean,
): Flow =>
  new Flow(
    {
      title,
      source: `${from.name}-source`,
      sink: `${from.name}-sink`,
      sourceConfig: sourceOf(from.database.url, from.name),
      sinkConfig: sqlSink(to.database.url, topic.replaceAll('.', '\\.')),
      from: from.database,
      to: to.database,
      table,
      topic,
    },
    mayRepeat,
  );

export const postgresToMariadb = async (product: Product, mayRepeat: boolean): Promise<Flow> => {
  const [from, to] = [await product.postgres('chaos'), await product.mariadb('chaos')];
  const topic = `${from.name}.public.ledger`;
  return flowOf({ title: 'PostgreSQL -> Kafka -> MariaDB', table: 'public.ledger', topic, sourceOf: postgresSource }, from, to, mayRepeat);
};

export const mariadbToPostgres = async (product: Product, mayRepeat: boolean): Promise<Flow> => {
  const from = await product.mariadb('chaos');
  const to = await product.postgres('chaos');
  return flowOf({ title: 'MariaDB -> Kafka -> PostgreSQL', ...ledgerOf(from), sourceOf: mariadbSource }, from, to, mayRepeat);
};

export const mysqlToPostgres = async (product: Product, mayRepeat: boolean): Promise<Flow> => {
  const from = await product.mysql('chaos');
  const to = await product.postgres('chaos');
  return flowOf({ title: 'MySQL -> Kafka -> PostgreSQL', ...ledgerOf(from), sourceOf: mysqlSource }, from, to, mayRepeat);
};

/** Of a database that is a schema too. */
const ledgerOf = ({ name }: Place): Pick<FlowParts, 'table' | 'topic'> => ({ table: 'ledger', topic: `${name}.${name}.ledger` });

import {
  Struct,
  type JsonMap,
  type SnapshotStatus,
  type SourceConnector,
  type SourceRecord,
  type SourceTask,
} from '@headrace/connector-api';
import { silentLogger, silentMeter, systemClock, type RawConfig } from '@headrace/foundation';
import { asObject } from '@headrace/testkit';
import { mariadbSource, mysqlSource, type MysqlKeys } from '../src/index.ts';

/** Taken out of every configuration: the test that is about this option then has to fail. */
const withoutOption = process.env['HEADRACE_WITHOUT_OPTION'];

/** A task driven by hand: what the runtime does, without Kafka. */
export class CaptureRun implements AsyncDisposable {
  readonly records: SourceRecord[] = [];
  /** The position after the records. */
  offset: JsonMap | null;
  /** Shapes of tables that are stored beside it, by path. */
  readonly tables: Map<unknown, JsonMap | null>;
  /** Every position handed out, with the number of records before it. */
  readonly marks: { readonly offset: JsonMap; readonly count: number }[] = [];
  /** What was told of snapshots, in order. */
  readonly snapshots: readonly SnapshotStatus[];
  /** The last value of each gauge. */
  readonly gauges: ReadonlyMap<string, number>;
  /** How long it has waited by its clock each time, ms. */
  readonly sleeps: readonly number[];
  readonly #task: SourceTask;
  readonly #stop = new AbortController();

  private constructor(
    task: SourceTask,
    offset: JsonMap | null,
    tables: Map<unknown, JsonMap | null>,
    told: Pick<CaptureRun, 'snapshots' | 'gauges' | 'sleeps'>,
  ) {
    this.#task = task;
    this.snapshots = told.snapshots;
    this.gauges = told.gauges;
    this.sleeps = told.sleeps;
    this.offset = offset;
    this.tables = tables;
  }

  static async start(
    connector: SourceConnector<MysqlKeys>,
    given: RawConfig,
    offset: JsonMap | null = null,
    stored: ReadonlyMap<unknown, JsonMap | null> = new Map(),
  ): Promise<CaptureRun> {
    const tables = new Map(stored);
    const raw = Object.fromEntries(Object.entries(given).filter(([key]) => key !== withoutOption));
    const { values, problems } = connector.config.parse(raw);
    if (problems.length > 0) throw new Error(problems.map((problem) => problem.message).join('\n'));
    const snapshots: SnapshotStatus[] = [];
    const gauges = new Map<string, number>();
    const sleeps: number[] = [];
    const task = connector.createTask(values, {
      id: { connector: 'test', task: 0 },
      clusterId: 'test',
      settings: raw,
      readTopic: () => Promise.reject(new Error('Signals are not read here.')),
      epoch: { incarnation: 1, revision: 1n },
      log: silentLogger,
      meter: { ...silentMeter, set: (name, value) => void gauges.set(name, value) },
      clock: {
        ...systemClock,
        sleep: (ms, signal) => {
          sleeps.push(ms);
          return systemClock.sleep(ms, signal);
        },
      },
      tellSnapshot: (status) => void snapshots.push(status),
      confirmOwnership: () => Promise.resolve(true),
      position: ({ table }) => Promise.resolve(table === undefined ? offset : (tables.get(table) ?? null)),
    });
    const run = new CaptureRun(task, offset, tables, { snapshots, gauges, sleeps });
    try {
      await task.start(run.#stop.signal);
    } catch (error) {
      await task[Symbol.asyncDispose]();
      throw error;
    }
    return run;
  }

  /** One poll; false when there was nothing. */
  async poll(): Promise<boolean> {
    const batch = await this.#task.poll(this.#stop.signal);
    if (batch === null) return false;
    this.records.push(...batch.records.map(asObject));
    for (const position of batch.positions) {
      if (position.partition['table'] !== undefined) this.tables.set(position.partition['table'], position.offset);
    }
    const offset = batch.positions.find(({ partition }) => partition['table'] === undefined)?.offset;
    if (offset !== undefined) {
      this.offset = offset;
      if (offset !== null) this.marks.push({ offset, count: this.records.length });
    }
    return true;
  }

  /** Polls until `isEnough`; rejects after `deadlineMs`. */
  async until(isEnough: () => boolean, deadlineMs = 20_000): Promise<void> {
    const deadline = performance.now() + deadlineMs;
    while (!isEnough()) {
      if (performance.now() > deadline)
        throw new Error(`Not enough after ${String(deadlineMs)} ms: ${String(this.records.length)} records.`);
      await this.poll();
    }
  }

  /** Polls until the snapshot has been handed out whole. */
  async untilSnapshotDone(): Promise<void> {
    await this.until(() => this.offset !== null && this.offset['snapshot'] === undefined);
  }

  /** Polls until `count` records are there. */
  async take(count: number): Promise<readonly SourceRecord[]> {
    await this.until(() => this.records.length >= count);
    return this.records;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#task[Symbol.asyncDispose]();
  }
}

/** The parts of a change event that tests look at. */
export interface Change {
  readonly op: string;
  readonly table: string;
  readonly key: Record<string, unknown> | null;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
  readonly source: Record<string, unknown>;
}

/** Change events without tombstones. */
export const changesOf = (records: readonly SourceRecord[]): Change[] =>
  records.flatMap((record) => {
    if (!(record.value instanceof Struct) || record.value.get('op') === undefined) return [];
    const value = record.value.toObject();
    const source = value['source'] as Record<string, unknown>;
    return [
      {
        op: String(value['op']),
        table: String(source['table']),
        key: record.key instanceof Struct ? record.key.toObject() : null,
        before: value['before'] as Change['before'],
        after: value['after'] as Change['after'],
        source,
      },
    ];
  });

export interface TestServer {
  readonly connector: SourceConnector<MysqlKeys>;
  readonly url: URL;
}

/** The server whose address is in an environment variable. */
export const testServer = (name: 'MARIADB_URL' | 'MYSQL_URL'): TestServer => {
  const text = process.env[name];
  if (text === undefined) throw new Error(`${name} is not set: bring the stack up and run \`eval "$(./scripts/stack env)"\` first.`);
  return { connector: name === 'MARIADB_URL' ? mariadbSource : mysqlSource, url: new URL(text) };
};

let nextServerId = 50_000 + Math.floor(Math.random() * 1_000_000);

/** A configuration for one database; each has a server id of its own. */
export const configFor = (server: TestServer, database: string, more: RawConfig = {}): RawConfig => {
  nextServerId += 1;
  return {
    'topic.prefix': 'p',
    'database.hostname': server.url.hostname,
    'database.port': server.url.port,
    'database.user': decodeURIComponent(server.url.username),
    'database.password': decodeURIComponent(server.url.password),
    'database.server.id': String(nextServerId),
    'database.include.list': database,
    'include.schema.changes': 'false',
    ...more,
  };
};

/** Without TLS, so that a door can tell what passes. */
export const inClear = ({ connector }: TestServer): RawConfig => ({
  'database.ssl.mode': connector.name === 'mysql' ? 'disabled' : 'disable',
});

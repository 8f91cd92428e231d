/** Drives a source task against a real PostgreSQL, without Kafka: what it hands out is kept, what is acknowledged is chosen. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentMeter, systemClock, type Logger, type Meter, type RawConfig } from '@headrace/foundation';
import type {
  ConnectorNotification,
  JsonMap,
  SignalInbox,
  SnapshotStatus,
  SourceBatch,
  SourceRecord,
  SourceTask,
  SourceTaskContext,
  Struct,
  TopicFeed,
} from '@headrace/connector-api';
import { asObject } from '@headrace/testkit';
import pg from 'pg';
import { postgresSource } from '../src/index.ts';

const serverUrl = (): URL => {
  const url = process.env['POSTGRES_URL'];
  if (url === undefined) throw new Error('POSTGRES_URL is not set: run `eval "$(./scripts/stack env)"` after `./scripts/stack up`.');
  return new URL(url);
};

/** A database of its own for one test, with a client in it. */
export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  readonly client: pg.Client;
  readonly config: RawConfig;
  sql(text: string): Promise<readonly Record<string, unknown>[]>;
  connect(): Promise<pg.Client>;
}

export const createDatabase = async (): Promise<TestDatabase> => {
  const url = serverUrl();
  const name = `cdc_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client({ connectionString: url.href });
  admin.on('error', () => undefined);
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name} TEMPLATE template0`);
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: new URL(`/${name}`, url).href, statement_timeout: 20_000 });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const client = await connect();
  return {
    name,
    client,
    connect,
    config: {
      'topic.prefix': 'd',
      'database.hostname': url.hostname,
      'database.port': url.port,
      'database.user': url.username,
      'database.password': url.password,
      'database.dbname': name,
      'slot.name': name,
      'slot.max.retries': '2',
      'slot.retry.delay.ms': '200',
    },
    sql: async (text) => (await client.query(text)).rows as Record<string, unknown>[],
    [Symbol.asyncDispose]: async () => {
      await client.end();
      await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
      await eventually(async () => {
        await admin.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = $1 AND NOT active', [
          name,
        ]);
        await admin.query(`DROP DATABASE IF EXISTS ${name}`);
      });
      await admin.end();
    },
  };
};

/** Repeats until it does not throw, for at most ten seconds. */
export const eventually = async <T>(attempt: () => Promise<T>, ms = 10_000): Promise<T> => {
  const deadline = performance.now() + ms;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(25);
    }
  }
};

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const recordingLog = (lines: LogLine[]): Logger => {
  const write =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      lines.push({ level, message, fields });
    };
  const log: Logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error'), with: () => log };
  return log;
};

export interface RunOptions {
  /** Stored offset; null: none. */
  readonly offset?: JsonMap | null;
  readonly isOwner?: () => boolean;
  readonly connector?: string;
  readonly feed?: TopicFeed;
  readonly meter?: Meter;
  readonly signals?: SignalInbox;
}

/** A task that was offered no fused lane hands out objects only. */
const emptyFeed: TopicFeed = { poll: () => Promise.resolve([]), [Symbol.asyncDispose]: () => Promise.resolve() };

/** A running task and everything it has handed out. */
export class TestRun implements AsyncDisposable {
  readonly task: SourceTask;
  readonly records: SourceRecord[] = [];
  readonly batches: SourceBatch[] = [];
  readonly log: LogLine[] = [];
  /** How far its snapshots were, as it told. */
  readonly snapshots: SnapshotStatus[] = [];
  readonly notifications: ConnectorNotification[] = [];
  /** Topics the task asked to read. */
  readonly topicsRead: string[] = [];
  /** Position after the last batch handed out. */
  offset: JsonMap | null;
  readonly #abort = new AbortController();

  constructor(raw: RawConfig, options: RunOptions = {}) {
    this.offset = options.offset ?? null;
    const { values, problems } = postgresSource.config.parse(raw);
    if (problems.length > 0) throw new Error(problems.map((problem) => problem.message).join('\n'));
    const context: SourceTaskContext = {
      id: { connector: options.connector ?? 'c', task: 0 },
      clusterId: 'test',
      settings: raw,
      epoch: { incarnation: 1, revision: 1n },
      log: recordingLog(this.log),
      meter: options.meter ?? silentMeter,
      clock: systemClock,
      confirmOwnership: () => Promise.resolve(options.isOwner?.() ?? true),
      ...(options.signals === undefined ? {} : { signals: options.signals }),
      notify: (notification) => {
        this.notifications.push(notification);
      },
      tellSnapshot: (status) => {
        this.snapshots.push(status);
      },
      readTopic: (topic) => {
        this.topicsRead.push(topic);
        return Promise.resolve(options.feed ?? emptyFeed);
      },
      position: () => Promise.resolve(options.offset ?? null),
    };
    this.task = postgresSource.createTask(values, context);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  async start(): Promise<this> {
    await this.task.start(this.signal);
    return this;
  }

  /** One poll; the batch counts as stored, but is not acknowledged. */
  async step(): Promise<SourceBatch | null> {
    const polled = await this.task.poll(this.signal);
    if (polled === null) return null;
    const batch = { ...polled, records: polled.records.map(asObject) };
    this.batches.push(batch);
    this.records.push(...batch.records);
    this.offset = batch.positions.at(-1)?.offset ?? this.offset;
    return batch;
  }

  /** Polls until the condition holds; fails after a time. */
  async until(isDone: () => boolean, ms = 15_000): Promise<this> {
    const deadline = performance.now() + ms;
    while (!isDone()) {
      if (performance.now() > deadline) throw new Error(`Not reached after ${String(this.records.length)} records.`);
      await this.step();
    }
    return this;
  }

  async untilRecords(count: number): Promise<this> {
    return await this.until(() => this.records.length >= count);
  }

  async untilSnapshotDone(): Promise<this> {
    return await this.until(() => this.offset?.['snapshot_completed'] === true);
  }

  acknowledge(): void {
    const position = this.batches.at(-1)?.positions.at(-1);
    if (position !== undefined) this.task.acknowledge(position);
  }

  /** Ends without acknowledging, as a crash would. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.task[Symbol.asyncDispose]();
  }
}

export const startRun = async (raw: RawConfig, options: RunOptions = {}): Promise<TestRun> => await new TestRun(raw, options).start();

export const valueOf = (record: SourceRecord | undefined): Struct => record?.value as Struct;

/** `[op, key, after]` of each record, tombstones as `[null, key, null]`. */
export const summary = (records: readonly SourceRecord[]): unknown[] =>
  records.map((record) => {
    const value = record.value as Struct | null;
    return [
      value?.get('op') ?? null,
      (record.key as Struct | null)?.toObject() ?? null,
      (value?.get('after') as Struct | null | undefined)?.toObject() ?? null,
    ];
  });

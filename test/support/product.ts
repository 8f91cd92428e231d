import { randomBytes } from 'node:crypto';
import { liveWorkers, startWorkers, type WorkerProcess } from './cluster.ts';
import { openMariadb, openPostgres, withDatabase, type Database } from './databases.ts';
import { Rest, type ConnectorConfig } from './rest.ts';
import { runScript, type ScriptOptions } from './scripts.ts';
import { startStack, type Servers } from './stack.ts';
import { TopicReader, type SeenEvent } from './topic-reader.ts';
import { until } from './wait.ts';

/** The running product with its servers, as one test file uses it. */
export class Product implements AsyncDisposable {
  readonly servers: Servers;
  readonly rest: Rest;
  #workers: readonly WorkerProcess[];
  readonly #cleanups: (() => Promise<void>)[] = [];

  private constructor(servers: Servers, workers: readonly WorkerProcess[]) {
    this.servers = servers;
    this.#workers = workers;
    this.rest = new Rest(() => this.#workers.map((worker) => worker.rest));
  }

  /** Servers up, this many workers healthy, no connectors. */
  static async start(workers: number, options: ScriptOptions & { readonly stack?: readonly string[] } = {}): Promise<Product> {
    const servers = await startStack(options.stack);
    const product = new Product(servers, await startWorkers(workers, options));
    await product.rest.deleteAll();
    return product;
  }

  get workers(): readonly WorkerProcess[] {
    return this.#workers;
  }

  /** After a worker was killed: only ask those that live. */
  async refreshWorkers(): Promise<readonly WorkerProcess[]> {
    this.#workers = await liveWorkers();
    return this.#workers;
  }

  /** Brings the number of workers back. */
  async scale(workers: number, options: ScriptOptions = {}): Promise<void> {
    this.#workers = await startWorkers(workers, options);
  }

  /** A fresh database, dropped at the end. Its name is also good for slots, prefixes and connectors. */
  async postgres(label: string): Promise<{ readonly name: string; readonly database: Database }> {
    const name = unique(label);
    const admin = openPostgres(this.servers.postgresUrl);
    await admin.run(`CREATE DATABASE ${name}`);
    const database = openPostgres(withDatabase(this.servers.postgresUrl, name));
    this.#cleanups.push(async () => {
      await database.close();
      await dropSlots(admin, name);
      await admin.run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await admin.close();
    });
    return { name, database };
  }

  async mariadb(label: string, url = this.servers.mariadbUrl): Promise<{ readonly name: string; readonly database: Database }> {
    const name = unique(label);
    const admin = openMariadb(url);
    await admin.run(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
    const database = openMariadb(withDatabase(url, name));
    this.#cleanups.push(async () => {
      await database.close();
      await admin.run(`DROP DATABASE IF EXISTS ${name}`);
      await admin.close();
    });
    return { name, database };
  }

  /** Of a stack that was started with it. */
  async mysql(label: string): Promise<{ readonly name: string; readonly database: Database }> {
    return this.mariadb(label, this.servers.mysqlUrl);
  }

  /** An outsider's reader of topics, ended with the product. */
  async reader(topics: readonly string[], onEvent?: (event: SeenEvent) => void): Promise<TopicReader> {
    const { kafkaBrokers: brokers, registryUrl } = this.servers;
    const reader = new TopicReader({ brokers, registryUrl, topics, ...(onEvent === undefined ? {} : { onEvent }) });
    await reader.start();
    this.#cleanups.push(async () => reader[Symbol.asyncDispose]());
    return reader;
  }

  /** Stops and starts one server, as an operator would. */
  /** `meanwhile`: what happens while the server is away. */
  async restartServer(service: string, signal?: 'KILL', meanwhile?: () => Promise<void>): Promise<void> {
    await runScript('stack', ['stop', service, ...(signal === undefined ? [] : ['--signal', signal])]);
    try {
      await meanwhile?.();
    } finally {
      await runScript('stack', ['start', service]);
    }
  }

  /** The worker that runs a task now, from its status. */
  async ownerOf(connector: string, task = 0): Promise<WorkerProcess> {
    const state = await this.rest.running(connector);
    const owner = state.tasks[task]?.worker_id;
    const worker = (await this.refreshWorkers()).find(({ id }) => id === owner);
    if (worker === undefined) throw new Error(`No live worker is ${String(owner)}.`);
    return worker;
  }

  /** First line of the trace of a connector's task, which is expected to fail. */
  async failureOf(config: ConnectorConfig): Promise<string> {
    const name = unique('bad');
    await this.rest.create(name, config);
    const trace = await this.rest.failed(name, 90_000);
    await this.rest.call('DELETE', `/connectors/${name}`);
    return trace.split('\n')[0] ?? '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.refreshWorkers();
    if (this.#workers.length > 0) await this.rest.deleteAll();
    for (const cleanup of this.#cleanups.toReversed()) await cleanup();
  }
}

/** A slot stays active for a moment after its walsender was told to end. */
export const dropSlots = async (admin: Database, database: string): Promise<void> => {
  const slots = `FROM pg_replication_slots WHERE database = '${database}'`;
  await until(
    `the slots of ${database} are dropped`,
    async () => {
      await admin.run(`SELECT pg_terminate_backend(active_pid) ${slots} AND active`);
      await admin.run(`SELECT pg_drop_replication_slot(slot_name) ${slots} AND NOT active`);
      return (await admin.rows(`SELECT 1 ${slots}`)).length === 0;
    },
    { withinMs: 30_000 },
  );
};

export const unique = (label: string): string => `${label}_${randomBytes(4).toString('hex')}`;

/** Connector settings under Debezium's names, as a user would paste them. */
export const postgresSource = (url: string, name: string, overrides: ConnectorConfig = {}): ConnectorConfig => {
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'tasks.max': '1',
    'database.hostname': hostname,
    'database.port': port,
    'database.user': username,
    'database.password': password,
    'database.dbname': pathname.slice(1),
    'topic.prefix': name,
    'plugin.name': 'pgoutput',
    'slot.name': name,
    'publication.name': name,
    'publication.autocreate.mode': 'filtered',
    'schema.include.list': 'public',
    ...overrides,
  };
};

export const mariadbSource = (url: string, name: string, overrides: ConnectorConfig = {}): ConnectorConfig => {
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    'connector.class': 'io.debezium.connector.mariadb.MariaDbConnector',
    'tasks.max': '1',
    'database.hostname': hostname,
    'database.port': port,
    'database.user': username,
    'database.password': password,
    'database.server.id': String(20_000 + Math.floor(Math.random() * 1_000_000)),
    'topic.prefix': name,
    'database.include.list': pathname.slice(1),
    'include.schema.changes': 'false',
    ...overrides,
  };
};

export const mysqlSource = (url: string, name: string, overrides: ConnectorConfig = {}): ConnectorConfig =>
  mariadbSource(url, name, { 'connector.class': 'io.debezium.connector.mysql.MySqlConnector', ...overrides });

export const sqlSink = (url: string, topics: string, overrides: ConnectorConfig = {}): ConnectorConfig => {
  const { protocol, host, username, password, pathname } = new URL(url);
  return {
    'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
    'tasks.max': '1',
    'topics.regex': topics,
    'connection.url': `jdbc:${protocol.startsWith('postgres') ? 'postgresql' : 'mariadb'}://${host}${pathname}`,
    'connection.username': username,
    'connection.password': password,
    'insert.mode': 'upsert',
    'delete.enabled': 'true',
    'primary.key.mode': 'record_key',
    'schema.evolution': 'basic',
    ...overrides,
  };
};

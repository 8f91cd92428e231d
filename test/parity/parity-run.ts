import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unique } from '../support/product.ts';
import type { ConnectorConfig } from '../support/rest.ts';
import { root } from '../support/scripts.ts';
import { startStack, type Servers } from '../support/stack.ts';
import { until } from '../support/wait.ts';
import { differencesOf, toldBy, type Difference, type Told } from './compare-records.ts';
import { isDeclared } from './declared.ts';
import { openPostgresStage } from './postgres-stage.ts';
import type { OpenStage, Stage } from './stage.ts';
import { startOurs, startPeer, type System } from './systems.ts';
import { TopicDump } from './topic-dump.ts';

/** Statements that run together; the next chapter starts when every connector has told of this one. */
export interface Chapter {
  readonly title: string;
  readonly statements: readonly string[];
}

/** What a database goes through: rows that stand there before the connectors start, then chapters that they stream. */
export interface Corpus {
  readonly setUp: readonly string[];
  readonly firstRows: readonly string[];
  readonly chapters: readonly Chapter[];
}

export type Side = 'ours' | 'peer';
type Configurations = Readonly<Record<string, ConnectorConfig>>;

const waitMs = 120_000;

/** What everybody has to tell of before a chapter ends. */
const marker = {
  table: 'CREATE TABLE marker (id integer PRIMARY KEY, n integer)',
  firstRow: 'INSERT INTO marker VALUES (0, 0)',
  // Skipped operations leave one of the two.
  write: (id: number): readonly string[] => [
    `INSERT INTO marker VALUES (${String(id)}, 0)`,
    `UPDATE marker SET n = 1 WHERE id = ${String(id)}`,
  ],
  /** Records in the marker's topic after so many chapters. */
  records: (config: ConnectorConfig, chapters: number): number => {
    const skipped = config['skipped.operations'] ?? 't';
    return (
      (config['snapshot.mode'] === 'no_data' ? 0 : 1) + chapters * ['c', 'u'].filter((operation) => !skipped.includes(operation)).length
    );
  },
};

/** Both systems beside one set of servers; one corpus after the other is played to them. */
export class ParityRun implements AsyncDisposable {
  readonly servers: Servers;
  readonly #systems: Readonly<Record<Side, System>>;
  readonly #dump: TopicDump;
  readonly #owned: AsyncDisposableStack;

  private constructor(servers: Servers, systems: Readonly<Record<Side, System>>, dump: TopicDump, owned: AsyncDisposableStack) {
    this.servers = servers;
    this.#systems = systems;
    this.#dump = dump;
    this.#owned = owned;
  }

  static async start(): Promise<ParityRun> {
    const stack = await startStack();
    const servers = { ...stack, postgresUrl: process.env['PARITY_POSTGRES_URL'] ?? stack.postgresUrl };
    await using owned = new AsyncDisposableStack();
    const [ours, peer] = await Promise.all([startOurs(), startPeer(servers, unique('workers'))]);
    owned.use(ours);
    owned.use(peer);
    const dump = owned.use(await TopicDump.open(servers.kafkaBrokers, servers.registryUrl));
    return new ParityRun(servers, { ours, peer }, dump, owned.move());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }

  /** Plays a corpus to a pair of connectors per configuration, all at once. */
  async play(corpus: Corpus, configurations: Configurations, openStage: OpenStage = this.#onPostgres): Promise<Played> {
    // No character that names of schemas write in another way.
    const name = unique('parity').replace('_', '');
    const owned = new AsyncDisposableStack();
    const stage = owned.use(await openStage(name));
    const { database } = stage;
    const played = new Played({ name, stage, configurations, systems: this.#systems, dump: this.#dump, owned });
    try {
      for (const sql of [marker.table, ...corpus.setUp, marker.firstRow, ...corpus.firstRows, ...stage.opening]) await database.run(sql);
      await played.start(['ours', 'peer']);
      for (const [index, { title, statements }] of corpus.chapters.entries()) {
        for (const sql of [...statements, ...marker.write(index + 1)]) await database.run(sql);
        await played.untilTold(`chapter "${title}"`, index + 1);
      }
      return played;
    } catch (error) {
      await played[Symbol.asyncDispose]();
      throw error;
    }
  }

  readonly #onPostgres: OpenStage = (name) => openPostgresStage(this.servers.postgresUrl, name);
}

interface Playing {
  readonly name: string;
  readonly stage: Stage;
  readonly configurations: Configurations;
  readonly systems: Readonly<Record<Side, System>>;
  readonly dump: TopicDump;
  /** The database, to be closed behind the connectors. */
  readonly owned: AsyncDisposableStack;
}

/** One corpus with the connectors that tell of it. */
export class Played implements AsyncDisposable {
  readonly #playing: Playing;
  readonly #connectors: { readonly name: string; readonly side: Side; readonly config: ConnectorConfig }[] = [];

  constructor(playing: Playing) {
    this.#playing = playing;
  }

  get database(): Stage['database'] {
    return this.#playing.stage.database;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { name, side } of this.#connectors) await this.#playing.systems[side].remove(name);
    await this.#playing.owned.disposeAsync();
  }

  /** Creates the connectors of these sides and waits until each streams. */
  async start(sides: readonly Side[]): Promise<void> {
    const { stage, configurations } = this.#playing;
    await Promise.all(
      sides.map(async (side) => {
        for (const [configuration, options] of Object.entries(configurations)) {
          await this.#create(this.#connector(configuration, side), side, { ...stage.common, ...options });
        }
      }),
    );
    await this.#untilOrFailed('every connector streams', async () => (await stage.streaming()) === this.#connectors.length);
  }

  async untilTold(what: string, chapters: number): Promise<void> {
    await this.#untilOrFailed(`everybody has told of ${what}`, async () => {
      for (const { name, config } of this.#connectors) {
        const parents = config['topic.naming.strategy']?.includes('.Default') === true ? [] : [this.#playing.stage.path];
        const topic = [name, ...parents, 'marker'].join(config['topic.delimiter'] ?? '.');
        if ((await this.#playing.dump.count(topic)) < marker.records(config, chapters)) return false;
      }
      return true;
    });
  }

  /** What each side has told. */
  async told(configuration: string): Promise<Readonly<Record<Side, Told>>> {
    const { dump } = this.#playing;
    const [ours, peer] = [this.#connector(configuration, 'ours'), this.#connector(configuration, 'peer')];
    const records = await dump.read([...(await dump.topics(ours)), ...(await dump.topics(peer))]);
    const { stage } = this.#playing;
    return { ours: stage.comparable(toldBy(ours, records)), peer: stage.comparable(toldBy(peer, records)) };
  }

  /** What a fresh connector of ours tells of the tables as they are now. */
  async snapshot(configuration: string): Promise<Told> {
    const { dump, configurations, stage } = this.#playing;
    const name = `${this.#playing.name}${configuration}now`;
    const config = { ...stage.common, ...configurations[configuration], 'snapshot.mode': 'initial_only' };
    await this.#create(name, 'ours', config);
    const [row] = await stage.database.rows('SELECT count(*) AS n FROM marker');
    // Tables are read in the order of their names.
    const topic = [name, stage.path, 'marker'].join('.');
    await this.#untilOrFailed('the snapshot is told', async () => (await dump.count(topic)) >= Number(row?.['n']));
    return toldBy(name, await dump.read(await dump.topics(name)));
  }

  /** What is not declared. The whole list goes to a file as well. */
  async differences(configuration: string): Promise<readonly string[]> {
    const { ours, peer } = await this.told(configuration);
    const differences = differencesOf(ours, peer).filter((difference) => !isDeclared(difference, this.#playing.stage.declared));
    const lines = differences.map(asText);
    const dir = join(root, '.stack', process.env['PORT_BASE'] ?? '', 'parity');
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, `${configuration}.txt`), lines.join('\n'));
    return lines;
  }

  async #create(name: string, side: Side, config: ConnectorConfig): Promise<void> {
    const { stage, systems } = this.#playing;
    this.#connectors.push({ name, side, config });
    await systems[side].create(name, stage.source(name, config));
  }

  #connector(configuration: string, side: Side): string {
    return `${this.#playing.name}${configuration}${side}`;
  }

  /** A wait that ends at once when a connector fails. */
  async #untilOrFailed(what: string, look: () => Promise<boolean>): Promise<void> {
    const failure = await until(
      what,
      async () => {
        for (const { name, side } of this.#connectors) {
          const trace = await this.#playing.systems[side].failureOf(name);
          if (trace !== undefined) return new Error(`${name} has failed: ${trace}`);
        }
        return (await look()) ? true : undefined;
      },
      { withinMs: waitMs },
    );
    if (failure instanceof Error) throw failure;
  }
}

const asText = ({ where, ours, peer }: Difference): string => `${where}\n  ours ${textOf(ours)}\n  peer ${textOf(peer)}`;

const textOf = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

import type { JsonMap, SourceRecord } from '@headrace/connector-api';
import {
  eventTime,
  IncrementalSnapshot,
  incrementalFrom,
  SignalDesk,
  type BlockingWish,
  type Chunk,
  type HaltingStream,
  type Notifications,
  type Row,
  type SignalTables,
} from '@headrace/cdc';
import type { Client } from 'pg';
import { publishedTables } from '../catalog.ts';
import type { Change, ChangeBatch, ChangeWatcher } from '../change.ts';
import type { ChangeReader } from '../change-reader.ts';
import { applicationName } from '../slot.ts';
import type { CaptureSettings } from '../start/capture-settings.ts';
import { snapshotKeys } from '../start/offset.ts';
import type { OpenedCapture } from '../start/opened-capture.ts';
import { estimatedRows } from '../start/row-estimates.ts';
import { publishableTables, type NamedTable } from '../start/publication.ts';
import type { Lsn } from '../lsn.ts';
import type { CapturedTable } from '../tables/captured-table.ts';
import { SourceBlocks } from '../tables/source-block.ts';
import { connect, quoteName } from '../wire/connection.ts';
import { ChunkReader } from './chunk-reader.ts';

/** While a chunk is on its way, the stream is looked at this often. */
const CHUNK_POLL_MS = 20;

/** Signals and what they set going, beside one run of streaming. */
export class Signalling implements ChangeWatcher, AsyncDisposable {
  readonly #settings: CaptureSettings;
  readonly #desk: SignalDesk<Lsn, CapturedTable>;
  readonly #incremental: IncrementalSnapshot<Lsn, CapturedTable>;
  readonly #sources: SourceBlocks;
  readonly #notifications: Notifications;

  /** No further chunk is to be begun. */
  isHeld = false;

  constructor(settings: CaptureSettings, opened: OpenedCapture, offset: JsonMap | null, signal: AbortSignal) {
    const { config, context, notifications } = settings;
    this.#settings = settings;
    this.#notifications = notifications;
    this.#incremental = new IncrementalSnapshot({
      chunks: new ChunkReader(settings, opened.client, chunkClient(settings, opened, signal)),
      state: incrementalFrom(offset),
      notifications,
      log: context.log,
      tellProgress: (state, done) => settings.gauges.incremental(state, done),
    });
    this.#sources = new SourceBlocks(config, config['database.dbname']);
    this.#desk = new SignalDesk({ config, context, offset, tables: signalTables(settings, opened.client) }, this.#incremental);
  }

  /** A blocking snapshot that was asked for and can begin: no chunk is under way. */
  get wish(): BlockingWish | null {
    return this.#incremental.isBusy ? null : this.#desk.wish;
  }

  /** The wish is under way, or done. */
  dropWish(): void {
    this.#desk.wish = null;
  }

  /** How long the stream may be waited for. */
  waitMs(otherwise: number): number {
    return this.#incremental.isBusy ? CHUNK_POLL_MS : otherwise;
  }

  /** Something has happened that should be stored, or sent, without waiting for a change. */
  get isUrgent(): boolean {
    return this.#incremental.isDirty || this.#desk.isDirty || this.#notifications.hasAny;
  }

  get isWatching(): boolean {
    return this.#incremental.isBusy;
  }

  watches(path: string): boolean {
    return path === this.#settings.config['signal.data.collection'];
  }

  saw(change: Change): void {
    this.#desk.saw(change);
    this.#incremental.saw(change);
  }

  /** Carries out signals, then gives the rows of a chunk whose place is reached. */
  async step(reader: ChangeReader, signal: AbortSignal): Promise<ChangeBatch | null> {
    await this.#desk.attend(signal);
    if (this.isHeld && !this.#incremental.isBusy) return null;
    return this.#incremental.step(this.#halting(reader), signal);
  }

  /** A batch on its way out: signals it holds are carried out before its position can be stored, or a crash would lose them. */
  async complete(batch: ChangeBatch, signal: AbortSignal): Promise<ChangeBatch> {
    await this.#desk.attend(signal);
    const positions = batch.positions.map(({ partition, offset }) => ({
      partition,
      offset: offset === null ? null : { ...offset, ...this.#keys() },
    }));
    return { records: [...batch.records, ...this.#notifications.take()], positions };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#incremental[Symbol.asyncDispose]();
    await this.#desk[Symbol.asyncDispose]();
  }

  #halting(reader: ChangeReader): HaltingStream<Lsn, ChangeBatch, CapturedTable> {
    return {
      stopAt: (place) => {
        reader.stopAt(place);
      },
      get hasReached() {
        return reader.hasReached;
      },
      goOn: (chunk, rows) => this.#handOut(reader, chunk, rows),
    };
  }

  #handOut(reader: ChangeReader, { table }: Chunk<Lsn, CapturedTable>, rows: readonly Row[]): ChangeBatch {
    const records: SourceRecord[] = [];
    reader.goOn();
    const time = eventTime(this.#settings.context.clock.now() * 1_000);
    this.#sources.begin(time, null, reader.place);
    const source = this.#sources.block(table, reader.place, 'incremental');
    for (const row of rows) table.envelope.read(records, row, { source, transaction: null, time });
    const batch = reader.take();
    return { ...batch, records: [...batch.records, ...records] };
  }

  /** What has to be kept in the offset. */
  #keys(): JsonMap {
    const { wish } = this.#desk;
    return { ...this.#incremental.keys(), ...this.#desk.keys(), ...(wish === null ? {} : snapshotKeys(wish)) };
  }
}

/** The session that reads chunks, opened when it is first needed. */
const chunkClient = ({ config, context }: CaptureSettings, opened: OpenedCapture, signal: AbortSignal): (() => Promise<Client>) => {
  let client: Promise<Client> | undefined;
  const open = async (): Promise<Client> => {
    const name = `${applicationName(context)} incremental`;
    const connected = await connect({ config, applicationName: name, isReadOnly: config['read.only'] }, signal);
    opened.resources.defer(() => connected.end().catch(() => undefined));
    return connected;
  };
  return () => (client ??= open());
};

const signalTables = ({ config, isCaptured }: CaptureSettings, client: Client): SignalTables => {
  /** Tables that are published, or could be added to a publication of ours. */
  const capturable = async (): Promise<ReadonlyMap<string, NamedTable>> => {
    const published = await publishedTables(client, config['publication.name']);
    const isFiltered = config['publication.autocreate.mode'].toLowerCase() === 'filtered';
    const tables = [...published, ...(isFiltered ? await publishableTables(client) : [])];
    return new Map(tables.filter(({ schema, name }) => isCaptured(schema, name)).map((table) => [`${table.schema}.${table.name}`, table]));
  };
  return {
    capturable: async () => [...(await capturable()).keys()],
    expected: async (conditions) => {
      const known = await capturable();
      const tables = [...conditions].flatMap(([path, condition]) => {
        const table = known.get(path);
        if (table === undefined) return [];
        return [
          {
            ...table,
            select: condition === null ? null : `SELECT 1 FROM ${quoteName(table.schema)}.${quoteName(table.name)} WHERE ${condition}`,
          },
        ];
      });
      return await estimatedRows(client, tables);
    },
  };
};

import type { JsonMap, SourceTaskContext } from '@headrace/connector-api';
import {
  IncrementalSnapshot,
  incrementalFrom,
  SignalDesk,
  type BlockingWish,
  type HaltingStream,
  type Notifications,
  type SignalTables,
  type SourceGauges,
  type WatchedChange,
} from '@headrace/cdc';
import type { MysqlConfig } from '../config.ts';
import type { SourceBlocks } from '../source-block.ts';
import { unfinishedKeys } from '../snapshot/unfinished-snapshot.ts';
import type { ChangeBatch } from '../streaming/change-batch.ts';
import type { LogPlace } from '../streaming/change-reader.ts';
import type { ChangeWatcher } from '../streaming/change-watcher.ts';
import type { LogCapture } from '../streaming/log-capture.ts';
import type { CapturedTable } from '../tables/captured-table.ts';
import type { ChunkReader } from './chunk-reader.ts';

export interface SignallingOptions {
  readonly config: MysqlConfig;
  readonly context: SourceTaskContext;
  /** Stored. */
  readonly offset: JsonMap | null;
  readonly chunks: ChunkReader;
  readonly source: SourceBlocks;
  readonly notifications: Notifications;
  readonly gauges: SourceGauges;
  readonly tables: SignalTables;
}

/** While a chunk is on its way, the log is looked at this often. */
const CHUNK_POLL_MS = 20;

/** Signals and what they set going, beside the log. */
export class Signalling implements ChangeWatcher, AsyncDisposable {
  readonly #options: SignallingOptions;
  readonly #incremental: IncrementalSnapshot<LogPlace, CapturedTable>;
  readonly #desk: SignalDesk<LogPlace, CapturedTable>;
  #connection: number | undefined;
  #hasNewShape = false;

  constructor(options: SignallingOptions) {
    const { config, context, offset, chunks, notifications, gauges, tables } = options;
    this.#options = options;
    this.#incremental = new IncrementalSnapshot({
      chunks,
      state: incrementalFrom(offset),
      notifications,
      log: context.log,
      tellProgress: (state, done) => {
        gauges.incremental(state, done);
      },
    });
    this.#desk = new SignalDesk({ config, context, offset, tables }, this.#incremental);
  }

  /** What a blocking snapshot that was asked for has to read, and that can begin: no chunk is under way. */
  get wish(): BlockingWish | null {
    return this.#incremental.isBusy ? null : this.#desk.wish;
  }

  /** The wish is under way. */
  dropWish(): void {
    this.#desk.wish = null;
  }

  /** How long the log may be waited for; undefined: as long as it likes. */
  get waitMs(): number | undefined {
    return this.#incremental.isBusy ? CHUNK_POLL_MS : undefined;
  }

  get isWatching(): boolean {
    return this.#incremental.isBusy;
  }

  watches(path: string): boolean {
    return path === this.#options.config['signal.data.collection'];
  }

  saw(change: WatchedChange<CapturedTable>): void {
    this.#desk.saw(change);
    this.#incremental.saw(change);
  }

  sawStatement(): void {
    this.#hasNewShape = this.#incremental.isBusy;
  }

  /** Carries out signals; then adds the rows of a chunk whose place is reached. */
  async step(log: LogCapture, batch: ChangeBatch, signal: AbortSignal): Promise<void> {
    await this.attend(signal);
    const isConnectedAnew = this.#connection !== undefined && this.#connection !== log.connections;
    this.#connection = log.connections;
    if (this.#incremental.isBusy && (isConnectedAnew || this.#hasNewShape)) {
      // Places of another server's log do not compare, and rows of an earlier shape must not follow those of a later one.
      this.#incremental.abandonChunk();
      log.goOn();
    }
    this.#hasNewShape = false;
    this.#incremental.step(this.#halting(log, batch), signal);
  }

  /** To be awaited before a position is stored: signals before it are carried out then, or a crash would lose them. */
  async attend(signal: AbortSignal): Promise<void> {
    await this.#desk.attend(signal);
  }

  /** What has to be kept in the offset. */
  keys(): JsonMap {
    const { wish } = this.#desk;
    const blocking = wish === null ? {} : unfinishedKeys(wish);
    return { ...this.#incremental.keys(), ...this.#desk.keys(), ...blocking };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.chunks[Symbol.dispose]();
    await this.#incremental[Symbol.asyncDispose]();
    await this.#desk[Symbol.asyncDispose]();
  }

  #halting(log: LogCapture, batch: ChangeBatch): HaltingStream<LogPlace, true, CapturedTable> {
    return {
      stopAt: (place) => {
        log.stopAt(place);
      },
      get hasReached() {
        return log.hasReached;
      },
      goOn: ({ table }, rows) => {
        log.goOn();
        const { source, context } = this.#options;
        const { file, start } = log.position;
        source.enter({
          database: table.database,
          table: table.table,
          timeUs: context.clock.now() * 1_000,
          serverId: 0,
          gtid: null,
          file,
          position: start,
          thread: null,
          query: null,
        });
        const meta = { source: source.row(0, 'incremental'), transaction: null, time: batch.time };
        for (const row of rows) table.envelope.read(batch.objects(), row, meta);
        return true;
      },
    };
  }
}

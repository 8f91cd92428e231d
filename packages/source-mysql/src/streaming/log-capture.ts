import { FencedError, firstOf, hasReaction, isHeadraceError, TaskFailure, type Clock, type Logger } from '@headrace/foundation';
import { Outage, type TransactionMetadata } from '@headrace/cdc';
import type { BinlogStream } from '../binlog/binlog-stream.ts';
import type { MysqlConfig } from '../config.ts';
import type { Dialect } from '../dialect.ts';
import { errors } from '../errors.ts';
import type { SchemaChanges } from '../ddl/schema-changes.ts';
import type { FusedTables } from '../fused/fused-tables.ts';
import type { SourceBlocks } from '../source-block.ts';
import type { TableSchemas } from '../tables/table-schemas.ts';
import type { ChangeBatch } from './change-batch.ts';
import { ChangeReader, type LogPlace } from './change-reader.ts';
import type { ChangeWatcher } from './change-watcher.ts';
import { LogPosition, type ResumePoint } from './log-position.ts';
import { openStream } from './open-stream.ts';
import { SourceFilter } from './source-filter.ts';

export interface LogCaptureOptions {
  readonly config: MysqlConfig;
  readonly dialect: Dialect;
  readonly schemas: TableSchemas;
  readonly source: SourceBlocks;
  readonly fused: FusedTables | undefined;
  readonly watcher: ChangeWatcher | undefined;
  readonly transactions: TransactionMetadata | undefined;
  readonly schemaChanges: SchemaChanges | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  confirmOwnership(signal: AbortSignal): Promise<boolean>;
}

interface Connected {
  readonly stream: BinlogStream;
  readonly reader: ChangeReader;
}

/**
 * The log from one point on, across lost connections: each new one goes on exactly behind the last row given out. Before
 * it connects again it asks whether the task is still ours: a new connection ends the one of a successor.
 */
export class LogCapture implements Disposable {
  readonly #options: LogCaptureOptions;
  readonly #outage: Outage;
  readonly #filter: SourceFilter;
  #position: LogPosition;
  #connected: Connected | undefined;
  /** Why the last connection ended; undefined: it has not, or another one is open. */
  #loss: Error | undefined;
  #until: LogPlace | undefined;
  #connections = 0;
  /** Of former connections. */
  #transactions = 0;

  /** `until`: where to stop; left out: nowhere. */
  constructor(options: LogCaptureOptions, point: ResumePoint, until?: LogPlace) {
    this.#options = options;
    this.#until = until;
    this.#filter = new SourceFilter(options.config);
    this.#position = new LogPosition(point, options.dialect, options.transactions, this.#filter);
    this.#outage = new Outage(options.clock, options.config);
  }

  /** Behind the last row given out. */
  get position(): LogPosition {
    return this.#position;
  }

  /** How often it has connected. */
  get connections(): number {
    return this.#connections;
  }

  /** Transactions that were read to their end. */
  get transactions(): number {
    return this.#transactions + this.#position.transactions;
  }

  /** What lies after this place stays unread until `goOn`. */
  stopAt(place: LogPlace): void {
    this.#until = place;
    if (this.#connected !== undefined) this.#connected.reader.until = place;
  }

  /** Everything up to where it stops is read. */
  get hasReached(): boolean {
    return this.#until !== undefined && this.#position.hasReached(this.#until.file, this.#until.position);
  }

  goOn(): void {
    this.#until = undefined;
    if (this.#connected !== undefined) this.#connected.reader.until = undefined;
  }

  /** Connects now, so that a log that is gone shows at the start. */
  async open(signal: AbortSignal): Promise<void> {
    await this.#connect(signal);
  }

  /**
   * Adds what arrives; returns when there is something, the batch is full, the place to stop is reached, the server is idle (once
   * a second), or after `waitMs` without anything.
   */
  async read(batch: ChangeBatch, signal: AbortSignal, waitMs?: number): Promise<void> {
    for (;;) {
      if (this.#loss !== undefined) await this.#waitToReconnect(this.#loss, signal);
      try {
        await this.#readConnected(batch, signal, waitMs);
        return;
      } catch (error) {
        if (!isOutage(error)) throw error;
        this.#disconnect();
        this.#loss = error;
        if (batch.isEmpty) continue;
        this.#outage.read(true);
        return;
      }
    }
  }

  [Symbol.dispose](): void {
    this.#disconnect();
  }

  async #readConnected(batch: ChangeBatch, signal: AbortSignal, waitMs: number | undefined): Promise<void> {
    const { stream, reader } = this.#connected ?? (await this.#connect(signal));
    for (;;) {
      const isIdle = await reader.read(batch, signal);
      this.#outage.read(!batch.isEmpty);
      if (isIdle || batch.isFull || !batch.isEmpty) return;
      if (waitMs === undefined) await stream.wait(signal);
      else return firstOf([(ended) => stream.wait(ended), (ended) => this.#options.clock.sleep(waitMs, ended)], signal);
    }
  }

  async #connect(signal: AbortSignal): Promise<Connected> {
    const { config, dialect, transactions } = this.#options;
    const resume = this.#position.resumePoint();
    const stream = await openStream(config, dialect, resume, signal);
    this.#transactions = this.transactions;
    this.#position = new LogPosition(resume, dialect, transactions, this.#filter);
    this.#options.schemas.forgetIds();
    const withStatements = config['include.query'];
    const reader = new ChangeReader({ ...this.#options, stream, position: this.#position, withStatements });
    reader.until = this.#until;
    this.#connections += 1;
    this.#connected = { stream, reader };
    this.#loss = undefined;
    this.#outage.connected();
    return this.#connected;
  }

  #disconnect(): void {
    this.#connected?.stream[Symbol.dispose]();
    this.#connected = undefined;
  }

  async #waitToReconnect(loss: Error, signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    if (!this.#outage.lost()) throw outageTooLong(this.#outage.attempts, loss);
    log.info('The binlog connection was lost and is opened again.', { attempt: this.#outage.attempts, error: loss.message });
    await this.#outage.wait(signal);
    if (await this.#options.confirmOwnership(signal)) return;
    throw new FencedError(errors.fenced.code, 'Another worker owns the task now.');
  }
}

/** No RetriableError: the task would be started again, and errors.max.retries have no effect. */
const outageTooLong = (attempts: number, cause: Error): TaskFailure => {
  const message = `The connection was not opened again in ${String(attempts)} attempts: ${cause.message} ${errors.outage_too_long.hint}`;
  return new TaskFailure(errors.outage_too_long.code, message, { cause });
};

/** The server is away. What the fused lane asks for is the registry's, which no new connection brings back. */
const isOutage = (error: unknown): error is Error =>
  hasReaction(error, 'retry') && isHeadraceError(error) && error.code.startsWith('mysql.');

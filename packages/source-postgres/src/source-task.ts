/**
 * The life of a PostgreSQL source task:
 *
 *   start        open a capture at the stored offset: take the slot over, snapshot first where it is due
 *   poll         changes of whole LSN groups, with the position after them; a broken connection is opened again from the
 *                last position handed out, after asking that we still own the task
 *   acknowledge  records and position are durable: only now may the slot let the log go, up to the last whole transaction
 *
 * How a change becomes a record: `wal-stream.ts` (frames), `pgoutput.ts` (messages and rows), `change-reader.ts`
 * (transactions and positions), `envelope.ts` of the cdc package (events and keys).
 */
import { carriedOut, Outage } from '@headrace/cdc';
import { hasCode, hasReaction, isHeadraceError, TaskFailure, toError } from '@headrace/foundation';
import type { JsonMap, RecordLane, SourcePosition, SourceTask, SourceTaskContext } from '@headrace/connector-api';
import { Capture } from './capture.ts';
import type { ChangeBatch } from './change.ts';
import type { PostgresConfig } from './config.ts';
import { errors } from './errors.ts';
import type { Lsn } from './lsn.ts';
import { dropSlot } from './slot.ts';
import { captureSettings, type CaptureSettings } from './start/capture-settings.ts';
import { confirmableLsn, sourcePartition } from './start/offset.ts';
import { connect } from './wire/connection.ts';
import { ownershipLost } from './wire/server-failure.ts';

export class PostgresSourceTask implements SourceTask {
  readonly #settings: CaptureSettings;
  readonly #outage: Outage;
  #capture: Capture | undefined;
  /** After the last batch handed out: where a new capture resumes. */
  #offset: JsonMap | null = null;
  #confirmedLsn: Lsn = 0;

  constructor(config: PostgresConfig, context: SourceTaskContext) {
    this.#settings = captureSettings(config, context);
    this.#outage = new Outage(context.clock, config);
  }

  get lane(): RecordLane {
    return this.#settings.fused === undefined ? 'object' : 'fused';
  }

  async start(signal: AbortSignal): Promise<void> {
    const { config, context } = this.#settings;
    this.#offset = await context.position(sourcePartition(config['topic.prefix']));
    if (this.#offset !== null) this.#confirmedLsn = confirmableLsn(this.#offset);
    this.#capture = await Capture.open(this.#settings, this.#offset, this.#confirmedLsn, signal);
  }

  async poll(signal: AbortSignal): Promise<ChangeBatch | null> {
    try {
      const batch = (await this.#capture?.poll(signal)) ?? null;
      this.#offset = batch?.positions.at(-1)?.offset ?? this.#offset;
      this.#outage.read(batch !== null);
      return batch;
    } catch (error) {
      if (!isOurs(error) || !isOutage(error)) throw error;
      // I7: what the lost connection had read and not handed out is read again from the last position.
      await this.#reopen(error, signal);
      return null;
    }
  }

  acknowledge(position: SourcePosition): void {
    if (position.offset === null) return;
    // I1: the slot lets go only of what is acknowledged here.
    this.#confirmedLsn = Math.max(this.#confirmedLsn, confirmableLsn(position.offset));
    this.#capture?.confirm(this.#confirmedLsn);
    const { signals } = this.#settings.context;
    if (signals !== undefined && signals.waiting().length > 0) signals.done(carriedOut(position.offset));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    if (this.#settings.config['slot.drop.on.stop']) await this.#dropSlot();
  }

  async #close(): Promise<void> {
    const capture = this.#capture;
    this.#capture = undefined;
    await capture?.[Symbol.asyncDispose]();
  }

  /** Tries until the database is back, within errors.max.retries or ten minutes. */
  async #reopen(cause: unknown, signal: AbortSignal): Promise<void> {
    const { config, context } = this.#settings;
    context.log.info('The connection to PostgreSQL is lost and will be opened again.', { reason: toError(cause).message });
    this.#settings.gauges.disconnected();
    await this.#close();
    for (let failure = cause; ;) {
      if (!this.#outage.lost()) throw outageTooLong(config, failure);
      await this.#outage.wait(signal);
      if (!(await context.confirmOwnership(signal))) throw ownershipLost(context.id.connector);
      try {
        this.#capture = await Capture.open(this.#settings, this.#offset, this.#confirmedLsn, signal);
        this.#outage.connected();
        context.log.info('The connection to PostgreSQL is back.', { attempts: this.#outage.attempts });
        return;
      } catch (error) {
        if (!isOutage(error)) throw error;
        failure = error;
      }
    }
  }

  async #dropSlot(): Promise<void> {
    const { config, context } = this.#settings;
    const client = await connect({ config, applicationName: 'headrace stop' }, new AbortController().signal);
    try {
      await dropSlot(client, config['slot.name']);
    } catch (error) {
      context.log.warn('The replication slot could not be dropped.', { slot: config['slot.name'], reason: toError(error).message });
    } finally {
      await client.end();
    }
  }
}

/** Not the registry's, say, whose headers the fused lane asks for. */
const isOurs = (error: unknown): boolean => isHeadraceError(error) && error.code.startsWith('postgres.');

/** The database is away or not ready yet. */
const isOutage = (error: unknown): boolean => hasReaction(error, 'retry') || hasCode(error, errors.connection_failed.code);

const outageTooLong = (config: PostgresConfig, cause: unknown): TaskFailure =>
  new TaskFailure(
    errors.connection_failed.code,
    `PostgreSQL at ${config['database.hostname']}:${String(config['database.port'])} stayed away too long: ${toError(cause).message}`,
    { cause },
  );

/**
 * One run of capture on one set of connections: opened from an offset, polled, thrown away whole when a connection breaks.
 *
 *   catch-up   changes from the offset up to the place of a new snapshot (only when something was delivered before)
 *   snapshot   existing rows, as of that place
 *   hand-over  streaming opens at that place
 *   stream     changes, until the task ends
 *   idle       initial_only has nothing more to do
 */
import type { JsonMap } from '@headrace/connector-api';
import { crashPoint } from '@headrace/foundation';
import type { ChangeBatch } from './change.ts';
import { Heartbeats } from './heartbeats.ts';
import type { ChangeReader } from './change-reader.ts';
import type { CaptureSettings } from './start/capture-settings.ts';
import type { SnapshotState } from './start/offset.ts';
import { openCapture } from './start/open-capture.ts';
import { openSnapshot } from './start/open-snapshot.ts';
import { openStream } from './start/open-stream.ts';
import type { OpenedCapture } from './start/opened-capture.ts';
import { SlotWatch } from './start/slot-watch.ts';
import type { Lsn } from './lsn.ts';
import { Signalling } from './signals/signalling.ts';

/** How long a poll waits for changes. */
const POLL_MS = 1_000;
/** While catching up the server is asked for its place this often. */
const CATCH_UP_MS = 100;

type Phase = 'catch-up' | 'snapshot' | 'hand-over' | 'stream' | 'idle';

export class Capture implements AsyncDisposable {
  readonly #settings: CaptureSettings;
  readonly #opened: OpenedCapture;
  readonly #signalling: Signalling;
  readonly #heartbeats: Heartbeats;
  readonly #watch: SlotWatch;
  #phase: Phase;
  #lastPositionAt: number;
  /** When streaming may start after a snapshot. */
  #streamAt: number | undefined;

  private constructor(settings: CaptureSettings, opened: OpenedCapture, signalling: Signalling) {
    this.#settings = settings;
    this.#opened = opened;
    this.#signalling = signalling;
    this.#heartbeats = new Heartbeats(settings, opened.client);
    this.#watch = new SlotWatch(settings, opened.client);
    this.#phase = opened.firstPhase;
    this.#lastPositionAt = settings.context.clock.monotonic();
  }

  /** `offset`: where to resume; `confirmedLsn`: up to where everything is durable. */
  static async open(settings: CaptureSettings, offset: JsonMap | null, confirmedLsn: Lsn, signal: AbortSignal): Promise<Capture> {
    const opened = await openCapture(settings, offset, confirmedLsn, signal);
    const signalling = opened.resources.use(new Signalling(settings, opened, offset, signal));
    if (opened.reader !== undefined) opened.reader.watcher = signalling;
    return new Capture(settings, opened, signalling);
  }

  /** The slot may let go of everything before `lsn`. */
  confirm(lsn: Lsn): void {
    if (this.#settings.confirmsSlot) this.#opened.stream?.confirm(lsn);
  }

  async poll(signal: AbortSignal): Promise<ChangeBatch | null> {
    if (this.#phase !== 'idle') await this.#watch.look(signal);
    switch (this.#phase) {
      case 'catch-up':
        return await this.#catchUp(signal);
      case 'snapshot':
        return await this.#readSnapshot(signal);
      case 'hand-over':
        await this.#handOver(signal);
        return null;
      case 'stream':
        return await this.#stream(signal);
      case 'idle':
        await this.#settings.context.clock.sleep(POLL_MS, signal);
        return null;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.resources.disposeAsync();
  }

  async #catchUp(signal: AbortSignal): Promise<ChangeBatch | null> {
    const { reader } = this.#opened;
    const batch = (await reader?.poll(CATCH_UP_MS, signal)) ?? null;
    if (reader === undefined || reader.hasReached) this.#phase = 'snapshot';
    return batch === null ? null : await this.#signalling.complete(batch, signal);
  }

  async #readSnapshot(signal: AbortSignal): Promise<ChangeBatch | null> {
    const { snapshot } = this.#opened;
    if (snapshot === undefined) {
      this.#phase = 'hand-over';
      return null;
    }
    const rows = await snapshot.poll(signal);
    this.#settings.gauges.snapshotRead(snapshot.scanned, new Set(snapshot.progress.map((piece) => piece.table)).size);
    if (snapshot.isDone) this.#tellSnapshot('COMPLETED');
    const batch = await this.#signalling.complete(rows, signal);
    if (!snapshot.isDone) return batch;
    // Its transaction holds locks that keep others from altering the tables: it ends before the last rows are on their way.
    await snapshot[Symbol.asyncDispose]();
    this.#phase = 'hand-over';
    if (!this.#heartbeats.isOn) return batch;
    return { ...batch, records: [...batch.records, await this.#heartbeats.beat(this.#settings.context.clock.monotonic())] };
  }

  #tellSnapshot(type: string): void {
    this.#settings.notifications.tell({ id: this.#settings.runId, aggregate: 'Initial Snapshot', type });
  }

  /** The last rows are handed out: the stream goes on from their place. */
  async #handOver(signal: AbortSignal): Promise<void> {
    const opened = this.#opened;
    if (await this.#isDelayed(signal)) return;
    crashPoint('snapshot.hand-over');
    if (!this.#settings.rules.streams) {
      this.#phase = 'idle';
      return;
    }
    if (opened.reader === undefined) await openStream(this.#settings, opened, signal);
    else opened.reader.goOn();
    if (opened.reader !== undefined) opened.reader.watcher = this.#signalling;
    this.#settings.context.log.info('The snapshot is complete, streaming starts.', { slot: this.#settings.config['slot.name'] });
    this.#phase = 'stream';
  }

  /** streaming.delay.ms is not over; waits for a part of it. */
  async #isDelayed(signal: AbortSignal): Promise<boolean> {
    const { config, context } = this.#settings;
    this.#streamAt ??= context.clock.monotonic() + config['streaming.delay.ms'];
    const left = this.#streamAt - context.clock.monotonic();
    if (left > 0) await context.clock.sleep(Math.min(left, POLL_MS), signal);
    return left > POLL_MS;
  }

  async #stream(signal: AbortSignal): Promise<ChangeBatch | null> {
    const { reader } = this.#opened;
    if (reader === undefined) return null;
    this.#signalling.isHeld = this.#watch.isBraking;
    const chunk = await this.#signalling.step(reader, signal);
    if (chunk !== null) return await this.#signalling.complete(chunk, signal);
    if (this.#signalling.wish !== null && reader.isBetweenTransactions) return await this.#pauseForSnapshot(this.#signalling.wish, signal);
    const { clock } = this.#settings.context;
    const batch = await reader.poll(this.#signalling.waitMs(POLL_MS), signal);
    const now = clock.monotonic();
    const isUpToDate = batch === null && reader.isBetweenTransactions;
    this.#settings.gauges.streamed(isUpToDate ? 0 : clock.now() - reader.committedAt, reader.transactionCount);
    if (batch === null) return await this.#idle(reader, now, signal);
    this.#lastPositionAt = now;
    const records = this.#heartbeats.isDue(now) ? [...batch.records, await this.#heartbeats.beat(now)] : batch.records;
    return await this.#signalling.complete({ ...batch, records }, signal);
  }

  /** Nothing has come: the position may move all the same, for a heartbeat, an idle log, or news of a snapshot. */
  async #idle(reader: ChangeReader, now: number, signal: AbortSignal): Promise<ChangeBatch | null> {
    const hasMoved = now - this.#lastPositionAt >= this.#settings.config['status.update.interval.ms'] && reader.advanceIdle();
    const isBeat = reader.isBetweenTransactions && this.#heartbeats.isDue(now);
    const isNews = reader.isBetweenTransactions && this.#signalling.isUrgent;
    if (!hasMoved && !isBeat && !isNews) return null;
    if (isBeat) reader.advanceIdle();
    this.#lastPositionAt = now;
    const idle = reader.take();
    return await this.#signalling.complete(isBeat ? { ...idle, records: [await this.#heartbeats.beat(now)] } : idle, signal);
  }

  /** A blocking snapshot: the stream is read up to its place, rests until its rows are handed out, and goes on. */
  async #pauseForSnapshot(state: SnapshotState, signal: AbortSignal): Promise<null> {
    this.#streamAt = undefined;
    await openSnapshot(this.#settings, this.#opened, { slot: 'keep', state }, { slot: null, signal });
    this.#signalling.dropWish();
    this.#phase = 'catch-up';
    return null;
  }
}

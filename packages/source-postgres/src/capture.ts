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
import { heartbeatRecord, heartbeatTopic } from '@headrace/cdc';
import type { ChangeBatch } from './change-reader.ts';
import type { CaptureSettings } from './start/capture-settings.ts';
import { openCapture } from './start/open-capture.ts';
import { openStream } from './start/open-stream.ts';
import type { OpenedCapture } from './start/opened-capture.ts';
import type { Lsn } from './lsn.ts';

/** How long a poll waits for changes. */
const POLL_MS = 1_000;
/** While catching up the server is asked for its place this often. */
const CATCH_UP_MS = 100;

type Phase = 'catch-up' | 'snapshot' | 'hand-over' | 'stream' | 'idle';

export class Capture implements AsyncDisposable {
  readonly #settings: CaptureSettings;
  readonly #opened: OpenedCapture;
  #phase: Phase;
  #lastPositionAt: number;
  #lastHeartbeatAt: number;
  /** When streaming may start after a snapshot. */
  #streamAt: number | undefined;

  private constructor(settings: CaptureSettings, opened: OpenedCapture) {
    this.#settings = settings;
    this.#opened = opened;
    this.#phase = opened.firstPhase;
    this.#lastPositionAt = this.#lastHeartbeatAt = settings.context.clock.monotonic();
  }

  /** `offset`: where to resume; `confirmedLsn`: up to where everything is durable. */
  static async open(settings: CaptureSettings, offset: JsonMap | null, confirmedLsn: Lsn, signal: AbortSignal): Promise<Capture> {
    return new Capture(settings, await openCapture(settings, offset, confirmedLsn, signal));
  }

  /** The slot may let go of everything before `lsn`. */
  confirm(lsn: Lsn): void {
    if (this.#settings.confirmsSlot) this.#opened.stream?.confirm(lsn);
  }

  async poll(signal: AbortSignal): Promise<ChangeBatch | null> {
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
    const batch = await reader?.poll(CATCH_UP_MS, signal);
    if (reader === undefined || reader.hasReached) this.#phase = 'snapshot';
    return batch ?? null;
  }

  async #readSnapshot(signal: AbortSignal): Promise<ChangeBatch | null> {
    const { snapshot } = this.#opened;
    if (snapshot === undefined) {
      this.#phase = 'hand-over';
      return null;
    }
    const batch = await snapshot.poll(signal);
    if (!snapshot.isDone) return batch;
    // Its transaction holds locks that keep others from altering the tables: it ends before the last rows are on their way.
    await snapshot[Symbol.asyncDispose]();
    this.#phase = 'hand-over';
    if (this.#settings.config['heartbeat.interval.ms'] === 0) return batch;
    return { ...batch, records: [...batch.records, this.#heartbeat(this.#settings.context.clock.monotonic())] };
  }

  /** The last rows are handed out: the stream goes on from their place. */
  async #handOver(signal: AbortSignal): Promise<void> {
    const opened = this.#opened;
    if (await this.#isDelayed(signal)) return;
    if (!this.#settings.rules.streams) {
      this.#phase = 'idle';
      return;
    }
    if (opened.reader === undefined) await openStream(this.#settings, opened, signal);
    else opened.reader.goOn();
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
    const { clock } = this.#settings.context;
    const batch = await reader.poll(POLL_MS, signal);
    const now = clock.monotonic();
    if (batch !== null) {
      this.#lastPositionAt = now;
      return this.#isHeartbeatDue(now) ? { ...batch, records: [...batch.records, this.#heartbeat(now)] } : batch;
    }
    const hasMoved = now - this.#lastPositionAt >= this.#settings.config['status.update.interval.ms'] && reader.advanceIdle();
    const isBeat = reader.isBetweenTransactions && this.#isHeartbeatDue(now);
    if (!hasMoved && !isBeat) return null;
    if (isBeat) reader.advanceIdle();
    this.#lastPositionAt = now;
    const idle = reader.take();
    return isBeat ? { ...idle, records: [this.#heartbeat(now)] } : idle;
  }

  #isHeartbeatDue(now: number): boolean {
    const interval = this.#settings.config['heartbeat.interval.ms'];
    return interval > 0 && now - this.#lastHeartbeatAt >= interval;
  }

  #heartbeat(now: number): ReturnType<typeof heartbeatRecord> {
    this.#lastHeartbeatAt = now;
    const { config, context } = this.#settings;
    return heartbeatRecord(heartbeatTopic(config), config['topic.prefix'], context.clock.now());
  }
}

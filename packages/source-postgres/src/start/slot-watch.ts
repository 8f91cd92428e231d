import { TaskFailure } from '@headrace/foundation';
import type { Client } from 'pg';
import { errors } from '../errors.ts';
import { giveUpSlot, slotLag } from '../slot.ts';
import type { CaptureSettings } from './capture-settings.ts';

/**
 * How much log the server keeps for the slot, asked now and then; and the brake: what is done where that is
 * more than headrace.slot.lag.max.bytes. It lets go below half of that.
 */
export class SlotWatch {
  readonly #settings: CaptureSettings;
  readonly #client: Client;
  #measureAt = Number.NEGATIVE_INFINITY;
  #isBraking = false;

  constructor(settings: CaptureSettings, client: Client) {
    this.#settings = settings;
    this.#client = client;
  }

  /** The slot keeps too much: incremental snapshots rest. */
  get isBraking(): boolean {
    return this.#isBraking;
  }

  /** TaskFailure where headrace.slot.lag.action ends the task. */
  async look(signal: AbortSignal): Promise<void> {
    const { config, context, gauges } = this.#settings;
    if (context.clock.monotonic() < this.#measureAt) return;
    this.#measureAt = context.clock.monotonic() + config['status.update.interval.ms'];
    const bytes = await slotLag(this.#client, config['slot.name']);
    // A slot that is not there has no lag; the stream tells of its loss.
    if (bytes === null) return;
    gauges.set('slot_lag_bytes', bytes);
    await this.#brake(bytes, signal);
  }

  async #brake(bytes: number, signal: AbortSignal): Promise<void> {
    const { config, context } = this.#settings;
    const limit = config['headrace.slot.lag.max.bytes'];
    const isBraking = limit > 0 && bytes > (this.#isBraking ? limit / 2 : limit);
    if (isBraking === this.#isBraking) return;
    this.#isBraking = isBraking;
    const fields = { slot: config['slot.name'], bytes, limit };
    if (!isBraking) {
      context.log.info('The replication slot keeps little log again; incremental snapshots go on.', fields);
      return;
    }
    context.log.warn('The replication slot keeps more log than headrace.slot.lag.max.bytes; incremental snapshots rest.', fields);
    const action = config['headrace.slot.lag.action'].toLowerCase();
    if (action === 'warn') return;
    if (action === 'drop_slot') await giveUpSlot(this.#client, config, context, signal);
    throw new TaskFailure(
      errors.slot_lag.code,
      `Replication slot "${config['slot.name']}" keeps ${String(bytes)} bytes of log, more than the ${String(limit)} of ` +
        `headrace.slot.lag.max.bytes${action === 'drop_slot' ? ', and was dropped' : ''}. ${errors.slot_lag.hint}`,
      { fields },
    );
  }
}

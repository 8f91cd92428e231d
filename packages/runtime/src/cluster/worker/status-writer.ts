import { hasReaction, toError, Wakeup, type Clock, type Logger, type Service } from '@headrace/foundation';
import { wakeWithin } from '../wake-within.ts';
import type { StatusReport, StatusRepository } from '../store/status-repository.ts';
import { unitPath } from '../store/unit.ts';

export interface StatusWriterOptions {
  readonly statuses: StatusRepository;
  readonly clock: Clock;
  readonly log: Logger;
  /** Shortest time between two writes of one unit; the latest report wins. Default 250 ms. */
  readonly minIntervalMs?: number;
}

interface Slot {
  pending: StatusReport | undefined;
  written: StatusReport | undefined;
  notBefore: number;
}

/** Brings statuses into the store: only changes, each unit at a limited rate, kept until the store takes them. */
export class StatusWriter implements Service {
  readonly name = 'status writer';
  readonly #options: StatusWriterOptions;
  readonly #slots = new Map<string, Slot>();
  readonly #wakeup = new Wakeup();

  constructor(options: StatusWriterOptions) {
    this.#options = options;
  }

  report(report: StatusReport): void {
    const path = unitPath(report.unit);
    const slot = this.#slots.get(path) ?? { pending: undefined, written: undefined, notBefore: 0 };
    this.#slots.set(path, slot);
    slot.pending = report;
    this.#wakeup.wake();
  }

  /** The unit is not ours any more: what was not written yet must not be. */
  forget(unit: StatusReport['unit']): void {
    this.#slots.delete(unitPath(unit));
  }

  /** What was reported last of each unit, written or not. */
  latest(): readonly StatusReport[] {
    return [...this.#slots.values()].map(({ pending, written }) => pending ?? written).filter((report) => report !== undefined);
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waitMs = await this.#writeDue(signal);
      if (waitMs === undefined) await this.#wakeup.wait(signal);
      else await wakeWithin(this.#options.clock, waitMs, this.#wakeup, signal);
    }
  }

  /** Writes what may be written now; resolves with the time until the next may, undefined when nothing is left. */
  async #writeDue(signal: AbortSignal): Promise<number | undefined> {
    const { clock } = this.#options;
    let next: number | undefined;
    for (const slot of [...this.#slots.values()]) {
      if (slot.pending === undefined) continue;
      const isDue = slot.notBefore <= clock.monotonic();
      if (isDue && (await this.#write(slot, slot.pending, signal))) continue;
      next = Math.min(next ?? Infinity, Math.max(1, slot.notBefore - clock.monotonic()));
    }
    return next;
  }

  /** False when it has to be tried again. A report that comes meanwhile wakes the writer by itself. */
  async #write(slot: Slot, report: StatusReport, signal: AbortSignal): Promise<boolean> {
    const { clock, log, statuses, minIntervalMs = 250 } = this.#options;
    slot.notBefore = clock.monotonic() + minIntervalMs;
    try {
      // Refused is fine: somebody else speaks for the unit now.
      if (slot.written === undefined || !isSame(slot.written, report)) await statuses.write(report, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!hasReaction(error, 'retry')) throw error;
      log.debug('A status could not be written; trying again.', { unit: unitPath(report.unit), error: toError(error).message });
      return false;
    }
    slot.written = report;
    if (slot.pending === report) slot.pending = undefined;
    return true;
  }
}

const isSame = (a: StatusReport, b: StatusReport): boolean =>
  a.epoch.revision === b.epoch.revision &&
  a.state === b.state &&
  a.restartToken === b.restartToken &&
  a.trace === b.trace &&
  a.condition === b.condition;

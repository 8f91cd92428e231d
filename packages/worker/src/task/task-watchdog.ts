import { abortable, isAbort, type Clock } from '@headrace/foundation';
import { LIFE_SIGN_MS } from './life-signs.ts';

/** Looks without a sign of life after which a task counts as hot: 5 s of a main loop that does get its turns. */
const SILENT_LOOKS = 10;

/** A silence that is worth a question: a thread that shows life is never asked. */
const SUSPICIOUS_LOOKS = 2;

/**
 * CPU the thread itself must have used since it became suspicious: a loop that never yields uses a core, while a thread that
 * gets no turn, because others have the machine, is silent without being at fault.
 */
const HOT_CPU_MS = 2_000;

export type Excess = { readonly kind: 'unresponsive'; readonly forMs: number } | { readonly kind: 'buffers'; readonly bytes: number };

export interface WatchdogOptions {
  readonly clock: Clock;
  readonly buffersMb: number;
  /** CPU the task's thread has used so far, ms. It may answer late: a thread without a turn cannot be asked. */
  readonly cpuMs: () => Promise<number>;
  readonly onExcess: (excess: Excess) => void;
}

/**
 * Ends a task that never yields or that grows outside its heap, where no limit of V8 reaches. It counts its own looks
 * and the thread's CPU rather than time: a process that was frozen, starved, or whose main thread was busy must not blame its tasks.
 */
export class TaskWatchdog {
  readonly #options: WatchdogOptions;
  #silentLooks = 0;
  #cpuMsWhenSuspicious = 0;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  /** The thread has said something. */
  heard(): void {
    this.#silentLooks = 0;
  }

  alive(externalBytes: number): void {
    const { buffersMb, onExcess } = this.#options;
    if (externalBytes > buffersMb * 1_048_576) onExcess({ kind: 'buffers', bytes: externalBytes });
  }

  /** Resolves when aborted, or when there was an excess. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      do await this.#look(signal);
      while (!(await this.#isHot(signal)));
    } catch (error) {
      if (isAbort(error)) return;
      throw error;
    }
    this.#options.onExcess({ kind: 'unresponsive', forMs: this.#silentLooks * LIFE_SIGN_MS });
  }

  async #look(signal: AbortSignal): Promise<void> {
    await this.#options.clock.sleep(LIFE_SIGN_MS, signal);
    this.#silentLooks += 1;
    if (this.#silentLooks === SUSPICIOUS_LOOKS) this.#cpuMsWhenSuspicious = await abortable(this.#options.cpuMs(), signal);
  }

  async #isHot(signal: AbortSignal): Promise<boolean> {
    if (this.#silentLooks < SILENT_LOOKS) return false;
    const usedMs = (await abortable(this.#options.cpuMs(), signal)) - this.#cpuMsWhenSuspicious;
    // It may have said something before it could answer.
    return this.#silentLooks >= SILENT_LOOKS && usedMs >= HOT_CPU_MS;
  }
}

import { isAbort, type Clock } from '@headrace/foundation';
import { LIFE_SIGN_MS } from './life-signs.ts';

/** Looks without a sign of life after which a task counts as hot: 5 s of a main loop that does get its turns. */
const SILENT_LOOKS = 10;

/**
 * CPU the process must have used meanwhile: a loop that never yields uses a core, while a thread that got no turn, because
 * others have the machine, is silent without being at fault.
 */
const HOT_CPU_MS = 2_500;

export type Excess = { readonly kind: 'unresponsive'; readonly forMs: number } | { readonly kind: 'buffers'; readonly bytes: number };

export interface WatchdogOptions {
  readonly clock: Clock;
  readonly buffersMb: number;
  /** CPU the whole process has used so far, ms. */
  readonly cpuMs: () => number;
  readonly onExcess: (excess: Excess) => void;
}

/**
 * Ends a task that never yields or that grows outside its heap, where no limit of V8 reaches. It counts its own looks
 * and the CPU rather than time: a process that was frozen, starved, or whose main thread was busy must not blame its tasks.
 */
export class TaskWatchdog {
  readonly #options: WatchdogOptions;
  #silentLooks = 0;
  #cpuMsWhenHeard: number;

  constructor(options: WatchdogOptions) {
    this.#options = options;
    this.#cpuMsWhenHeard = options.cpuMs();
  }

  /** The thread has said something. */
  heard(): void {
    this.#silentLooks = 0;
    this.#cpuMsWhenHeard = this.#options.cpuMs();
  }

  alive(externalBytes: number): void {
    const { buffersMb, onExcess } = this.#options;
    if (externalBytes > buffersMb * 1_048_576) onExcess({ kind: 'buffers', bytes: externalBytes });
  }

  /** Resolves when aborted, or when there was an excess. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (this.#silentLooks < SILENT_LOOKS || this.#options.cpuMs() - this.#cpuMsWhenHeard < HOT_CPU_MS) {
        await this.#options.clock.sleep(LIFE_SIGN_MS, signal);
        this.#silentLooks += 1;
      }
    } catch (error) {
      if (isAbort(error)) return;
      throw error;
    }
    this.#options.onExcess({ kind: 'unresponsive', forMs: this.#silentLooks * LIFE_SIGN_MS });
  }
}

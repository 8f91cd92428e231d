import { uptime } from 'node:os';
import type { Moment } from '@headrace/ports';

const TURNS = 0;
const SENT_AT = 1;
const SENT_SINCE_BOOT = 2;

/** The process' monotonic clock: `performance.now()` begins anew in each thread. */
const microsNow = (): bigint => process.hrtime.bigint() / 1_000n;
const microsSinceBoot = (): bigint => BigInt(Math.round(uptime() * 1e6));

/**
 * What the main thread and the one that renews the lease tell each other without messages: those wait for a loop that may
 * be standing still.
 */
export class LeaseBoard {
  readonly memory: SharedArrayBuffer;
  readonly #cells: BigInt64Array;

  /** `memory`: of the board in the other thread. Left out: a new one, on which nothing was renewed yet. */
  constructor(memory = new SharedArrayBuffer(3 * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#cells = new BigInt64Array(memory);
  }

  /** How often the main loop has shown progress. */
  get turns(): bigint {
    return Atomics.load(this.#cells, TURNS);
  }

  turned(): void {
    Atomics.add(this.#cells, TURNS, 1n);
  }

  /** A renewal that is sent now, to be noted when it has succeeded. */
  sending(): () => void {
    const [at, sinceBoot] = [microsNow(), microsSinceBoot()];
    return () => {
      Atomics.store(this.#cells, SENT_AT, at);
      Atomics.store(this.#cells, SENT_SINCE_BOOT, sinceBoot);
    };
  }

  /** When the last renewal that succeeded was sent, by the clocks of the caller; undefined before the first. */
  renewedAt(now: Moment): Moment | undefined {
    const at = Atomics.load(this.#cells, SENT_AT);
    if (at === 0n) return undefined;
    const sinceBoot = Number(Atomics.load(this.#cells, SENT_SINCE_BOOT)) / 1_000;
    return { monotonic: now.monotonic - Number(microsNow() - at) / 1_000, sinceBoot };
  }
}

import { Backoff, type Clock } from '@headrace/foundation';
import type { CdcConfig } from './config/cdc-config.ts';

/** How long a lost database is tried again when errors.max.retries does not say how often. */
const LIMIT_MS = 600_000;
/** A connection that has lasted so long is one, also where nothing was to be told. */
const PROVEN_MS = 10_000;

export type OutageOptions = Pick<CdcConfig, 'errors.max.retries' | 'retriable.restart.connector.wait.ms'>;

/**
 * The attempts to reach a lost database again, counted over connections that are accepted and dropped: only a change that
 * has come over one, or ten seconds that it has lasted, end the outage.
 */
export class Outage {
  readonly #clock: Clock;
  readonly #retries: number;
  readonly #backoff: Backoff;
  #lostAt: number | undefined;
  #connectedAt = 0;

  constructor(clock: Clock, options: OutageOptions) {
    this.#clock = clock;
    this.#retries = options['errors.max.retries'];
    this.#backoff = new Backoff(clock, { initialMs: 200, maxMs: options['retriable.restart.connector.wait.ms'] });
  }

  get attempts(): number {
    return this.#backoff.attempts;
  }

  /** A connection was lost, or none was to be had. False: that was the last attempt there was. */
  lost(): boolean {
    this.#lostAt ??= this.#clock.monotonic();
    if (this.#retries >= 0) return this.attempts < this.#retries;
    return this.#clock.monotonic() - this.#lostAt <= LIMIT_MS;
  }

  /** The pause before the next attempt. */
  async wait(signal: AbortSignal): Promise<void> {
    await this.#backoff.wait(signal);
  }

  connected(): void {
    this.#connectedAt = this.#clock.monotonic();
  }

  /** The connection was read from without a failure. */
  read(hasChanges: boolean): void {
    if (this.#lostAt === undefined) return;
    if (!hasChanges && this.#clock.monotonic() - this.#connectedAt < PROVEN_MS) return;
    this.#lostAt = undefined;
    this.#backoff.reset();
  }
}

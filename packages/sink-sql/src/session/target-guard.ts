import type { TargetCircuit } from '@headrace/connector-api';
import {
  Backoff,
  hasCode,
  hasReaction,
  TaskFailure,
  toError,
  type Clock,
  type Labels,
  type Logger,
  type Meter,
} from '@headrace/foundation';
import { errors } from '../errors.ts';

export interface TargetGuardOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter: Meter;
  readonly labels: Labels;
  /** Address of the target, as the status shows it. */
  readonly target: string;
  /** Lost connections in a row after which the target is left alone. */
  readonly failures: number;
  /** For how long it is left alone before one attempt is made. */
  readonly openMs: number;
  /** How long one piece of work is repeated before the task fails. */
  readonly timeoutMs: number;
  /** The same for the work that opens the target, and the wait between its attempts while the circuit is closed. */
  readonly atStart: { readonly failures: number; readonly delayMs: number };
  readonly tell: (circuit: TargetCircuit) => void;
}

type State = TargetCircuit['state'];

/** How work is repeated while the circuit is closed. */
interface Pace {
  readonly failures: number;
  readonly wait: (signal: AbortSignal) => Promise<void>;
}

const GAUGE: Readonly<Record<State, number>> = { closed: 0, 'half-open': 1, open: 2 };

/**
 * Repeats work on the target for as long as its failures pass, and leaves a target alone that does not answer: after some lost
 * connections in a row its circuit is open and nobody asks it; then one attempt is made (half-open), which closes the circuit
 * or opens it again. A conflict between transactions is an answer: it is repeated after a wait and opens nothing.
 */
export class TargetGuard {
  readonly #options: TargetGuardOptions;
  #state: State = 'closed';
  #failures = 0;

  constructor(options: TargetGuardOptions) {
    this.#options = options;
  }

  /** As `run`, at the pace of the start. Tells the circuit also when it was never open, so that the status names the target. */
  async begin<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { atStart, clock } = this.#options;
    const wait = (aborted: AbortSignal): Promise<void> => clock.sleep(atStart.delayMs, aborted);
    const result = await this.#repeat(attempt, { failures: atStart.failures, wait }, signal);
    this.#answered();
    return result;
  }

  /** TaskFailure when `attempt` has ended in RetriableErrors for longer than the time-out; any other error is passed on at once. */
  async run<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { clock, failures } = this.#options;
    const backoff = new Backoff(clock, { maxMs: 5_000 });
    const result = await this.#repeat(attempt, { failures, wait: (aborted) => backoff.wait(aborted) }, signal);
    if (this.#failures > 0) this.#answered();
    return result;
  }

  async #repeat<T>(attempt: () => Promise<T>, pace: Pace, signal: AbortSignal): Promise<T> {
    const { clock, openMs } = this.#options;
    const startedAt = clock.monotonic();
    for (;;) {
      if (this.#state === 'open') {
        await clock.sleep(openMs, signal);
        this.#become('half-open');
      }
      try {
        return await attempt();
      } catch (error) {
        if (signal.aborted || !hasReaction(error, 'retry')) throw error;
        this.#failed(error, pace.failures, clock.monotonic() - startedAt);
      }
      if (!this.#isOpen) await pace.wait(signal);
    }
  }

  get #isOpen(): boolean {
    return this.#state === 'open';
  }

  #answered(): void {
    this.#failures = 0;
    this.#become('closed');
  }

  #failed(error: Error, failures: number, elapsedMs: number): void {
    const { log, meter, labels } = this.#options;
    meter.add('sink_sql_retries', 1, labels);
    log.debug('The target is asked again.', { error: error.message });
    if (!hasCode(error, errors.connection_lost.code)) this.#answered();
    else if ((this.#failures += 1) >= failures) this.#become('open', error);
    if (elapsedMs >= this.#options.timeoutMs) throw this.#givenUp(error);
  }

  #become(state: State, error?: Error): void {
    const { log, meter, labels, target, tell } = this.#options;
    if (state === 'open' && this.#state === 'closed') {
      meter.add('sink_sql_circuit_opened', 1, labels);
      log.warn('The target does not answer and is left alone for a while.', { target, error: toError(error).message });
    }
    if (state === 'closed' && this.#state !== 'closed') log.info('The target answers again.', { target });
    this.#state = state;
    meter.set('sink_sql_circuit_state', GAUGE[state], labels);
    tell({ state, target, ...(error === undefined ? {} : { error: error.message }) });
  }

  #givenUp(error: Error): TaskFailure {
    const { target, timeoutMs } = this.#options;
    return new TaskFailure(
      errors.target_unavailable.code,
      `The target at ${target} took nothing for ${String(timeoutMs)} ms; the last attempt ended with: ${error.message} ${errors.target_unavailable.hint}`,
      { cause: error },
    );
  }
}

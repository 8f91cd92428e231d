import {
  Backoff,
  freeLeave,
  hasCode,
  hasReaction,
  linkSignal,
  Stopped,
  TaskFailure,
  type Circuit,
  type Clock,
  type Labels,
  type Leave,
  type Logger,
  type Meter,
} from '@headrace/foundation';
import { errors } from '../errors.ts';

export interface TargetGuardOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter: Meter;
  readonly labels: Labels;
  /** Address of the target, as messages show it. */
  readonly target: string;
  /** Of the target: other tasks may have it too. */
  readonly circuit: Circuit;
  /** Work goes on in a connection that is there; only a new one may have to wait. */
  readonly isConnected: () => boolean;
  /** Lost connections in a row after which the target is left alone. */
  readonly failures: number;
  /** For how long it is left alone before one attempt is made. */
  readonly openMs: number;
  /** How long one piece of work is repeated before the task fails. */
  readonly timeoutMs: number;
  /** The same for the work that opens the target, and the wait between its attempts while the circuit is closed. */
  readonly atStart: { readonly failures: number; readonly delayMs: number };
}

/** How work is repeated while the circuit is closed. */
interface Pace {
  readonly failures: number;
  readonly wait: (signal: AbortSignal) => Promise<void>;
}

/**
 * Repeats work on the target for as long as its failures pass, and leaves a target alone that does not answer: after some lost
 * connections in a row its circuit is open and no task connects; then one attempt is made (half-open), which closes the circuit
 * or opens it again. A conflict between transactions is an answer: it is repeated after a wait and opens nothing.
 *
 * Each task counts its own failures: a restart of the server, which costs each of many tasks one connection, opens nothing.
 */
export class TargetGuard {
  readonly #options: TargetGuardOptions;
  #failures = 0;

  constructor(options: TargetGuardOptions) {
    this.#options = options;
  }

  /** As `run`, at the pace of the start. */
  begin<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { atStart, clock } = this.#options;
    return this.#repeat(attempt, { failures: atStart.failures, wait: (aborted) => clock.sleep(atStart.delayMs, aborted) }, signal);
  }

  /** TaskFailure when `attempt` has ended in RetriableErrors for longer than the time-out; any other error is passed on at once. */
  run<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { clock, failures } = this.#options;
    const backoff = new Backoff(clock, { maxMs: 5_000 });
    return this.#repeat(attempt, { failures, wait: (aborted) => backoff.wait(aborted) }, signal);
  }

  async #repeat<T>(attempt: () => Promise<T>, pace: Pace, signal: AbortSignal): Promise<T> {
    const { circuit, clock, timeoutMs } = this.#options;
    const deadline = clock.monotonic() + timeoutMs;
    for (;;) {
      const leave = await this.#admitted(deadline, signal);
      try {
        const result = await attempt();
        this.#answered();
        return result;
      } catch (error) {
        if (signal.aborted || !hasReaction(error, 'retry')) throw error;
        this.#failed(error, leave.isProbe || this.#failures + 1 >= pace.failures);
        if (clock.monotonic() >= deadline) throw this.#givenUp(error.message, error);
      } finally {
        leave[Symbol.dispose]();
      }
      if (circuit.state === 'closed') await pace.wait(signal);
    }
  }

  /** As long as the deadline allows, but for one pause at least: whoever is late is asked to try once more. */
  async #admitted(deadline: number, signal: AbortSignal): Promise<Leave> {
    const { circuit, clock, isConnected, openMs } = this.#options;
    if (isConnected()) return freeLeave;
    using waiting = linkSignal(signal);
    clock.sleep(Math.max(openMs, deadline - clock.monotonic()), waiting.signal).then(
      () => {
        waiting.abort(new Stopped('timeout'));
      },
      () => undefined,
    );
    const wasClosed = circuit.state === 'closed';
    try {
      const leave = await circuit.admitted(waiting.signal);
      // Another task has found that it answers.
      if (!wasClosed && !leave.isProbe) this.#failures = 0;
      return leave;
    } catch (error) {
      if (signal.aborted) throw error;
      throw this.#givenUp(circuit.reason ?? 'it did not answer.', error);
    } finally {
      waiting.abort(new Stopped('done'));
    }
  }

  #answered(): void {
    const { circuit, log, target } = this.#options;
    this.#failures = 0;
    if (circuit.state !== 'closed') log.info('The target answers again.', { target });
    circuit.close();
  }

  #failed(error: Error, isEnough: boolean): void {
    const { circuit, log, meter, labels, openMs, target } = this.#options;
    meter.add('sink_sql_retries', 1, labels);
    log.debug('The target is asked again.', { error: error.message });
    if (!hasCode(error, errors.connection_lost.code)) {
      this.#answered();
      return;
    }
    this.#failures += 1;
    if (!isEnough) return;
    if (circuit.state === 'closed') log.warn('The target does not answer and is left alone for a while.', { target, error: error.message });
    circuit.open(error.message, openMs);
  }

  #givenUp(reason: string, cause: unknown): TaskFailure {
    const { target, timeoutMs } = this.#options;
    return new TaskFailure(
      errors.target_unavailable.code,
      `The target at ${target} took nothing for ${String(timeoutMs)} ms; the last attempt ended with: ${reason} ${errors.target_unavailable.hint}`,
      { cause },
    );
  }
}

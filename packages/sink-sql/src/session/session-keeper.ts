import type { PartitionPosition } from '@headrace/connector-api';
import { hasReaction, TaskFailure, toError, type Clock, type Logger } from '@headrace/foundation';
import type { SqlSession } from '../dialect/session.ts';
import { errors } from '../errors.ts';
import { openSession, type SessionRequest } from './open-session.ts';
import type { Positions } from '../apply/positions.ts';

export interface SessionKeeperOptions extends SessionRequest {
  readonly positions: Positions;
  readonly clock: Clock;
  readonly log: Logger;
  /** Further attempts of `open`, and the wait between them. */
  readonly retries: number;
  readonly retryDelayMs: number;
}

/** How long a server that says it stops or starts is waited for, beside the attempts. */
const RESTART_MS = 300_000;

/** The task's one connection, which owns its positions whenever it is handed out. */
export class SessionKeeper implements AsyncDisposable {
  readonly #options: SessionKeeperOptions;
  #session: SqlSession | undefined;

  constructor(options: SessionKeeperOptions) {
    this.#options = options;
  }

  /**
   * First connection: tried several times, then the task fails with the server's address. A server in the middle of a
   * restart has the address right, so that those attempts do not count: a task that is taken over then would stay FAILED.
   */
  async open(signal: AbortSignal): Promise<readonly PartitionPosition[]> {
    const { clock, retries, retryDelayMs, target } = this.#options;
    const startedAt = clock.monotonic();
    for (let attempt = 0; ;) {
      try {
        return await this.#connect(signal);
      } catch (error) {
        if (!hasReaction(error, 'retry')) throw error;
        const isWaiting = this.#isRestarting(error) && clock.monotonic() - startedAt < RESTART_MS;
        if (!isWaiting && attempt >= retries) {
          throw new TaskFailure(
            errors.unreachable.code,
            `No usable answer from the database at ${target.host}:${String(target.port)}: ${toError(error).message} ` +
              'Start the server, or correct connection.url.',
            { cause: error },
          );
        }
        if (!isWaiting) attempt += 1;
      }
      await clock.sleep(retryDelayMs, signal);
    }
  }

  /**
   * The connection, made anew where it was lost. `positions` only then: what is stored now, a commit in doubt included.
   * RetriableError when the target cannot be reached.
   */
  async session(signal: AbortSignal): Promise<{ readonly session: SqlSession; readonly positions?: readonly PartitionPosition[] }> {
    const current = this.#session;
    if (current !== undefined && !current.isBroken) return { session: current };
    const positions = await this.#connect(signal);
    this.#options.log.info('Connected to the target again.');
    return { session: this.#session as unknown as SqlSession, positions };
  }

  /** Gives up the connection, whatever state it is in. */
  async drop(): Promise<void> {
    const current = this.#session;
    this.#session = undefined;
    await current?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drop();
  }

  #isRestarting(error: Error): boolean {
    return this.#options.dialect.diagnose(error.cause).isRestarting === true;
  }

  async #connect(signal: AbortSignal): Promise<readonly PartitionPosition[]> {
    const { positions } = this.#options;
    await this.drop();
    this.#session = await openSession(this.#options, signal);
    try {
      return await positions.takeOver(this.#session, signal);
    } catch (error) {
      await this.drop();
      throw error;
    }
  }
}

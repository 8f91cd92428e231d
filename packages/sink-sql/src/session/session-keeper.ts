import type { PartitionPosition } from '@headrace/connector-api';
import type { Logger } from '@headrace/foundation';
import type { SqlSession } from '../dialect/session.ts';
import { openSession, type SessionRequest } from './open-session.ts';
import type { Positions } from '../apply/positions.ts';

export interface SessionKeeperOptions extends SessionRequest {
  readonly positions: Positions;
  readonly log: Logger;
}

/** The task's one connection, which owns its positions whenever it is handed out. */
export class SessionKeeper implements AsyncDisposable {
  readonly #options: SessionKeeperOptions;
  #session: SqlSession | undefined;
  #wasConnected = false;

  constructor(options: SessionKeeperOptions) {
    this.#options = options;
  }

  /** There is one, as far as is known. */
  get isConnected(): boolean {
    return this.#session?.isBroken === false;
  }

  /**
   * The connection, made where there is none or it was lost. `positions` only then: what is stored now, a commit in doubt included.
   * RetriableError when the target cannot be reached.
   */
  async session(signal: AbortSignal): Promise<{ readonly session: SqlSession; readonly positions?: readonly PartitionPosition[] }> {
    const current = this.#session;
    if (current !== undefined && !current.isBroken) return { session: current };
    const positions = await this.#connect(signal);
    if (this.#wasConnected) this.#options.log.info('Connected to the target again.');
    this.#wasConnected = true;
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

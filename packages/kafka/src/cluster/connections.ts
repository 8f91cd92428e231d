import { abortable } from '@headrace/foundation';
import { isRefusedLogin } from './broker-failure.ts';
import { ConnectionPool, type API, type Broker, type Connection, type ConnectionOptions } from '@platformatic/kafka';

/**
 * The connections of one owner, one per broker. Requests on a connection are answered in order, so whoever may wait
 * long (a fetch) has connections of its own.
 */
export class Connections implements AsyncDisposable {
  readonly #pool: ConnectionPool;
  readonly #broken = new WeakMap<Connection, Error>();

  constructor(clientId: string, options: ConnectionOptions) {
    this.#pool = new ConnectionPool(clientId, options);
    // Requests under way fail with "closed" only; why the connection broke is told by its event alone.
    this.#pool.on('connecting', ({ connection }) => {
      connection.on('error', (error) => this.#broken.set(connection, error));
    });
  }

  async get(broker: Broker): Promise<Connection> {
    return await this.#pool.get(broker);
  }

  /** One request; abandons the wait (not the request) when aborted. */
  async call<A extends unknown[], R>(broker: Broker, api: API<A, R>, args: A, signal: AbortSignal): Promise<R> {
    signal.throwIfAborted();
    const connection = await abortable(this.get(broker), signal);
    try {
      return await abortable(api.async(connection, ...args), signal);
    } catch (failure) {
      const reason = this.#broken.get(connection);
      // A server that wants our certificate says so only after we believe to be connected.
      throw reason !== undefined && isRefusedLogin(reason) ? reason : failure;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close();
  }
}

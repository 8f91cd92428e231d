import { abortable } from '@headrace/foundation';
import { ConnectionPool, type API, type Broker, type Connection, type ConnectionOptions } from '@platformatic/kafka';

/**
 * The connections of one owner, one per broker. Requests on a connection are answered in order, so whoever may wait
 * long (a fetch) has connections of its own.
 */
export class Connections implements AsyncDisposable {
  readonly #pool: ConnectionPool;

  constructor(clientId: string, options: ConnectionOptions) {
    this.#pool = new ConnectionPool(clientId, options);
    // A connection also emits its errors; every one of them reaches us as the failure of a call already.
    this.#pool.on('connecting', ({ connection }) => {
      connection.on('error', () => undefined);
    });
  }

  async get(broker: Broker): Promise<Connection> {
    return await this.#pool.get(broker);
  }

  /** One request; abandons the wait (not the request) when aborted. */
  async call<A extends unknown[], R>(broker: Broker, api: API<A, R>, args: A, signal: AbortSignal): Promise<R> {
    signal.throwIfAborted();
    const connection = await abortable(this.get(broker), signal);
    return await abortable(api.async(connection, ...args), signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close();
  }
}

import { abortable } from '@headrace/foundation';
import { FindCoordinatorKeyTypes, findCoordinatorV4, type API, type Broker } from '@platformatic/kafka';
import { answerOf } from './broker-failure.ts';
import type { Cluster } from './cluster.ts';
import type { Connections } from './connections.ts';
import { untilAnswered } from './retry.ts';

export interface CoordinatorOptions {
  readonly cluster: Cluster;
  readonly connections: Connections;
  readonly kind: 'group' | 'transaction';
  /** Group id or transactional id. */
  readonly key: string;
  /** Longest time for one call, restarts and moves of the coordinator included. Default 60,000 ms. */
  readonly deadlineMs?: number;
}

/** The broker that keeps a group or a transactional id: found when needed, found again when it moves or restarts. */
export class Coordinator {
  readonly #options: CoordinatorOptions;
  #broker: Broker | undefined;

  constructor(options: CoordinatorOptions) {
    this.#options = options;
  }

  /**
   * One request to the coordinator, repeated while the failure is transient: the requests sent here may all be repeated.
   * The client's failure comes out as it is when it is not.
   */
  async call<A extends unknown[], R>(api: API<A, R>, args: A, signal: AbortSignal): Promise<R> {
    const { cluster, connections, kind, key, deadlineMs = 60_000 } = this.#options;
    return await untilAnswered(
      async () => {
        this.#broker ??= await this.#find(signal);
        return await connections.call(this.#broker, api, args, signal);
      },
      {
        clock: cluster.clock,
        deadlineMs,
        what: `A request to the coordinator of ${kind} "${key}"`,
        onRetry: (failure) => {
          const answer = answerOf(failure);
          if (answer !== 'CONCURRENT_TRANSACTIONS' && answer !== 'COORDINATOR_LOAD_IN_PROGRESS') this.#broker = undefined;
        },
      },
      signal,
    );
  }

  async #find(signal: AbortSignal): Promise<Broker> {
    const { cluster, kind, key } = this.#options;
    const keyType = kind === 'group' ? FindCoordinatorKeyTypes.GROUP : FindCoordinatorKeyTypes.TRANSACTION;
    const response = await abortable(
      cluster.connections.call(cluster.anyBroker(), findCoordinatorV4.api, [keyType, [key]], signal),
      signal,
    );
    const [coordinator] = response.coordinators;
    if (coordinator === undefined) throw new TypeError('The answer to FindCoordinator names no coordinator.');
    return { host: coordinator.host, port: coordinator.port };
  }
}

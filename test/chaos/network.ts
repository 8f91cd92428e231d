import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { FaultProxy, type Weather } from '../support/fault-proxy.ts';
import type { SeededRandom } from '@headrace/testkit';

/** A fault proxy for every pair of a worker and a server. */
export class Network implements AsyncDisposable {
  /** By REST port of the worker, then by name of the server. */
  readonly #proxies: ReadonlyMap<number, ReadonlyMap<string, FaultProxy>>;
  readonly #serverPorts: ReadonlyMap<string, number>;

  private constructor(proxies: ReadonlyMap<number, ReadonlyMap<string, FaultProxy>>, serverPorts: ReadonlyMap<string, number>) {
    this.#proxies = proxies;
    this.#serverPorts = serverPorts;
  }

  static async start(workerPorts: readonly number[], serverPorts: ReadonlyMap<string, number>, random: SeededRandom): Promise<Network> {
    const proxies = new Map<number, ReadonlyMap<string, FaultProxy>>();
    for (const worker of workerPorts) {
      const row = new Map<string, FaultProxy>();
      for (const [server, port] of serverPorts) row.set(server, await FaultProxy.start(port, () => random.next()));
      proxies.set(worker, row);
    }
    return new Network(proxies, serverPorts);
  }

  /** What workers are started with so that they go through their proxies. */
  get environment(): Readonly<Record<string, string>> {
    const ports = [...this.#proxies].map(([worker, row]) => {
      const pairs = [...row].map(([server, proxy]) => [String(this.#serverPorts.get(server)), proxy.port] as const);
      return [String(worker), Object.fromEntries(pairs)] as const;
    });
    return {
      NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'redirect.ts')).href} --disable-warning=ExperimentalWarning`,
      CHAOS_PORTS: JSON.stringify(Object.fromEntries(ports)),
    };
  }

  between(worker: number, server: string): FaultProxy {
    const proxy = this.#proxies.get(worker)?.get(server);
    if (proxy === undefined) throw new Error(`Nothing stands between worker ${String(worker)} and ${server}.`);
    return proxy;
  }

  /** Between one worker and every server. */
  around(worker: number, weather: Weather): void {
    for (const proxy of this.#proxies.get(worker)?.values() ?? []) proxy.become(weather);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.#proxies.values()].flatMap((row) => [...row.values()]);
    await Promise.all(all.map(async (proxy) => proxy[Symbol.asyncDispose]()));
  }
}

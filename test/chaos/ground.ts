import { clusterPlace } from '../../scripts/cluster.d/place.ts';
import { scaleWorkers } from '../../scripts/cluster.d/workers.ts';
import type { WorkerProcess } from '../support/cluster.ts';
import type { Product } from '../support/product.ts';
import type { ConnectorState } from '../support/rest.ts';
import { until } from '../support/wait.ts';
import type { Flow } from './flow.ts';
import type { Network } from './network.ts';
import type { Servers } from './servers.ts';

interface ClusterView {
  readonly members: readonly { readonly worker_id: string }[];
  readonly owners: readonly Owner[];
}

export interface Owner {
  readonly connector: string;
  readonly task: number | null;
  readonly worker_id: string;
  readonly epoch: string;
}

interface GroundParts {
  readonly product: Product;
  readonly network: Network;
  readonly servers: Servers;
  readonly flows: readonly Flow[];
  readonly workerCount: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly say: (text: string) => void;
}

const restTimeoutMs = 3_000;

/** Everything that faults are done to. */
export class Ground {
  readonly product: Product;
  readonly network: Network;
  readonly servers: Servers;
  readonly flows: readonly Flow[];
  readonly workerCount: number;
  readonly say: (text: string) => void;
  readonly #environment: Readonly<Record<string, string>>;
  #settings: Readonly<Record<string, string>> = {};
  #workers: readonly WorkerProcess[];
  #reviving: Promise<unknown> = Promise.resolve();

  constructor({ product, network, servers, flows, workerCount, environment, say }: GroundParts) {
    this.product = product;
    this.network = network;
    this.servers = servers;
    this.flows = flows;
    this.workerCount = workerCount;
    this.say = say;
    this.#environment = environment;
    this.#workers = product.workers;
  }

  /** Those that were alive when last looked, by address. */
  get workers(): readonly WorkerProcess[] {
    return this.#workers;
  }

  worker(turn: number): WorkerProcess | undefined {
    return this.#workers[turn % Math.max(this.#workers.length, 1)];
  }

  flow(turn: number): Flow {
    const flow = this.flows[turn % this.flows.length];
    if (flow === undefined) throw new Error('There is no flow.');
    return flow;
  }

  async ownerOf(flow: Flow): Promise<WorkerProcess | undefined> {
    const owner = (await this.cluster().catch(() => undefined))?.owners.find(
      ({ connector, task }) => connector === flow.parts.source && task === 0,
    );
    return this.#workers.find(({ id }) => id === owner?.worker_id);
  }

  async kill({ id, pid }: WorkerProcess): Promise<void> {
    this.#workers = this.#workers.filter((worker) => worker.id !== id);
    signal(pid, 'SIGKILL');
    await this.#gone(pid, 10_000);
  }

  async stop({ id, pid }: WorkerProcess): Promise<void> {
    this.#workers = this.#workers.filter((worker) => worker.id !== id);
    signal(pid, 'SIGTERM');
    await this.#gone(pid, 60_000);
  }

  freeze({ pid }: WorkerProcess): void {
    signal(pid, 'SIGSTOP');
  }

  thaw({ pid }: WorkerProcess): void {
    signal(pid, 'SIGCONT');
  }

  /** Brings the number of workers back; one after the other. */
  async revive(): Promise<void> {
    const revived = this.#reviving.then(async () => {
      this.#workers = await scaleWorkers(clusterPlace({ ...this.#environment, ...this.#settings }), this.workerCount);
    });
    this.#reviving = revived.catch(() => undefined);
    await revived;
  }

  /** Starts every worker anew, one after the other, with these settings beside those of all. */
  async equip(settings: Readonly<Record<string, string>>): Promise<void> {
    this.#settings = settings;
    for (const worker of this.#workers) {
      await this.stop(worker);
      await this.revive();
    }
  }

  /** From the first worker that answers. */
  async ask<T>(path: string): Promise<T> {
    let last: unknown = new Error('No worker lives.');
    for (const { rest } of this.#workers) {
      try {
        const response = await fetch(`${rest}${path}`, { signal: AbortSignal.timeout(restTimeoutMs) });
        if (response.status === 200) return (await response.json()) as T;
        last = new Error(`${path} answered ${String(response.status)}`);
      } catch (failure) {
        last = failure;
      }
    }
    throw last;
  }

  async cluster(): Promise<ClusterView> {
    return this.ask<ClusterView>('/cluster');
  }

  async status(connector: string): Promise<ConnectorState> {
    return this.ask<ConnectorState>(`/connectors/${connector}/status`);
  }

  /** All workers live, every unit runs, and each flow brings what is changed from now on to its topic and its target. */
  async settled(withinMs: number): Promise<void> {
    await until('all workers are members', async () => (await this.cluster()).members.length === this.workerCount, { withinMs });
    await Promise.all(this.flows.map(async (flow) => this.#settledFlow(flow, withinMs)));
  }

  async #settledFlow(flow: Flow, withinMs: number): Promise<void> {
    const { units, audit } = flow;
    let last = 'no answer';
    const runs = async (): Promise<boolean> => {
      const states = await Promise.all(units.map(async (unit) => this.status(unit)));
      last = states.map(({ name, connector, tasks }) => `${name} ${connector.state} ${tasks.map((task) => task.state).join()}`).join(', ');
      const failed = states.flatMap(({ connector, tasks }) => [connector, ...tasks]).find(({ state }) => state === 'FAILED');
      if (failed !== undefined) throw new Error(`FAILED: ${failed.trace ?? ''}`);
      return states.every(({ connector, tasks }) => [connector, ...tasks].every(({ state }) => state === 'RUNNING') && tasks.length > 0);
    };
    await until(`the units of ${flow.parts.title} run`, runs, { withinMs }).catch((failure: unknown) => {
      throw new Error(`${(failure as Error).message} Seen last: ${last}`);
    });
    await flow.nextChange(withinMs);
    const before = await audit.length();
    await until(`the target of ${flow.parts.title} goes on`, async () => (await audit.length()) > before, { withinMs });
  }

  async #gone(pid: number, withinMs: number): Promise<void> {
    const isGone = (): Promise<boolean> => Promise.resolve(!signal(pid, 0));
    await until(`process ${String(pid)} has ended`, isGone, { withinMs, everyMs: 10 });
  }
}

/** False when there is no such process. */
export const signal = (pid: number, name: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
};

import type { ConnectorConfig } from '../../support/rest.ts';
import type { Guarantee, SystemName } from '../options.ts';
import { waitFor } from '../wait.ts';

interface Status {
  readonly connector: { readonly state: string; readonly trace?: string };
  readonly tasks: readonly { readonly state: string; readonly trace?: string; readonly lane?: string }[];
}

/** What only one system gets: how it is tuned. */
export interface Tuning extends Readonly<Record<'postgres' | 'mariadb' | 'sink', ConnectorConfig>> {
  /** Query of the sink's JDBC URL, by target. */
  readonly sinkUrlQuery: Readonly<Record<'postgres' | 'mariadb', string>>;
}

export interface WorkerFacts {
  readonly system: SystemName;
  readonly pid: number;
  readonly rest: string;
  readonly guarantee: Guarantee;
  readonly tuning: Tuning;
}

/** A Java stack trace without the stack. */
const causes = (trace: string): string =>
  trace
    .split('\n')
    .filter((line) => !/^\s+(at |\.\.\.)/.test(line))
    .join('\n');

const transitionMs = 60_000;

/** One running worker of either system, driven by the REST calls that both understand. */
export class ConnectWorker {
  readonly facts: WorkerFacts;
  readonly #signal: AbortSignal;

  constructor(facts: WorkerFacts, signal: AbortSignal) {
    this.facts = facts;
    this.#signal = signal;
  }

  async create(name: string, config: ConnectorConfig): Promise<void> {
    await this.#expect(201, 'POST', '/connectors', { name, config });
  }

  async untilRunning(name: string): Promise<void> {
    await this.#until(`${name} is RUNNING`, async () => {
      const status = await this.status(name);
      return status?.connector.state === 'RUNNING' && status.tasks.length > 0 && status.tasks.every(({ state }) => state === 'RUNNING');
    });
  }

  /** Resolves when no task is left and the position is stored, so that a later resume continues there. */
  async stop(name: string): Promise<void> {
    await this.#expect(204, 'PUT', `/connectors/${name}/stop`);
    await this.#until(`${name} is STOPPED with a stored position`, async () => {
      const status = await this.status(name);
      if (status?.connector.state !== 'STOPPED' || status.tasks.length > 0) return false;
      const { offsets } = (await (await this.#call('GET', `/connectors/${name}/offsets`)).json()) as {
        readonly offsets: readonly unknown[];
      };
      return offsets.length > 0;
    });
  }

  async resume(name: string): Promise<void> {
    await this.#expect(202, 'PUT', `/connectors/${name}/resume`);
  }

  async delete(name: string): Promise<void> {
    const { status } = await this.#call('DELETE', `/connectors/${name}`);
    if (status !== 204 && status !== 404) throw new Error(`DELETE of connector ${name} answered ${String(status)}.`);
    await this.#until(`${name} is gone`, async () => (await this.#call('GET', `/connectors/${name}/status`)).status === 404);
  }

  async deleteAll(): Promise<void> {
    const names = (await (await this.#call('GET', '/connectors')).json()) as readonly string[];
    for (const name of names) await this.delete(name);
  }

  /** Throws with the trace when the connector or a task of it has failed. */
  async status(name: string): Promise<Status | undefined> {
    const response = await this.#call('GET', `/connectors/${name}/status`);
    if (response.status !== 200) return undefined;
    const status = (await response.json()) as Status;
    const failed = [status.connector, ...status.tasks].find(({ state }) => state === 'FAILED');
    if (failed !== undefined) throw new Error(`${name} is FAILED on ${this.facts.system}: ${causes(failed.trace ?? 'no trace')}`);
    return status;
  }

  /** Which of our two paths records take; undefined where there is only one. */
  async lane(name: string): Promise<string | undefined> {
    return (await this.status(name))?.tasks[0]?.lane;
  }

  async #until(what: string, look: () => Promise<boolean>): Promise<void> {
    await waitFor(`${what} on ${this.facts.system}`, async () => ((await look()) ? true : undefined), {
      withinMs: transitionMs,
      // Taking down goes on after ctrl-C.
      signal: this.#signal.aborted ? AbortSignal.timeout(transitionMs) : this.#signal,
    });
  }

  async #expect(expected: number, method: string, path: string, body?: unknown): Promise<void> {
    const response = await waitFor(
      `${method} ${path} is taken by ${this.facts.system}`,
      async () => {
        const answer = await this.#call(method, path, body);
        // 409: the cluster is distributing connectors at this moment.
        return answer.status === 409 ? undefined : answer;
      },
      { withinMs: transitionMs, signal: this.#signal },
    );
    if (response.status !== expected)
      throw new Error(`${method} ${path} answered ${String(response.status)} on ${this.facts.system}: ${await response.text()}`);
  }

  async #call(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.facts.rest}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      signal: AbortSignal.timeout(30_000),
    });
  }
}

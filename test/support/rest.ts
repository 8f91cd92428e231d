import { until } from './wait.ts';

interface UnitState {
  readonly state: string;
  readonly worker_id: string;
  readonly trace?: string;
}

export interface ConnectorState {
  readonly name: string;
  readonly connector: UnitState;
  readonly tasks: readonly (UnitState & { readonly id: number })[];
}

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

export type ConnectorConfig = Readonly<Record<string, string>>;

/** Plain HTTP, as any client of Kafka Connect would speak it; any live worker may be asked. */
export class Rest {
  readonly #bases: () => readonly string[];
  #next = 0;

  constructor(bases: () => readonly string[]) {
    this.#bases = bases;
  }

  async call(method: string, path: string, body?: unknown): Promise<Reply> {
    const bases = this.#bases();
    this.#next += 1;
    for (let attempt = 0; ; attempt += 1) {
      const base = bases[(this.#next + attempt) % bases.length] ?? '';
      try {
        const response = await fetch(`${base}${path}`, {
          method,
          ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
          signal: AbortSignal.timeout(30_000),
        });
        const text = await response.text();
        return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
      } catch (failure) {
        // A worker that was killed takes no connection; any other answers as well.
        if (!isRefused(failure) || attempt + 1 >= bases.length) throw failure;
      }
    }
  }

  async create(name: string, config: ConnectorConfig): Promise<void> {
    const { status, body } = await this.call('POST', '/connectors', { name, config });
    if (status !== 201) throw new Error(`POST /connectors of ${name} answered ${String(status)}: ${JSON.stringify(body)}`);
  }

  async state(name: string): Promise<ConnectorState | undefined> {
    const { status, body } = await this.call('GET', `/connectors/${name}/status`);
    return status === 200 ? (body as ConnectorState) : undefined;
  }

  /** Waits until the connector and at least `tasks` tasks are RUNNING; a FAILED one ends the wait with its trace. */
  async running(name: string, tasks = 1, withinMs = 60_000): Promise<ConnectorState> {
    const found = await until(
      `${name} and ${String(tasks)} of its tasks are RUNNING`,
      async () => {
        const state = await this.state(name);
        if (state === undefined) return undefined;
        const units = [state.connector, ...state.tasks];
        const failed = units.find((unit) => unit.state === 'FAILED');
        if (failed !== undefined) return { state, trace: failed.trace ?? 'no trace' };
        return units.every((unit) => unit.state === 'RUNNING') && state.tasks.length >= tasks ? { state } : undefined;
      },
      { withinMs },
    );
    if ('trace' in found) throw new Error(`${name} is FAILED: ${found.trace ?? ''}`);
    return found.state;
  }

  /** Waits until a task of the connector is FAILED; resolves with its trace. */
  async failed(name: string, withinMs = 60_000): Promise<string> {
    const look = async (): Promise<string | undefined> => (await this.state(name))?.tasks.find(({ state }) => state === 'FAILED')?.trace;
    return until(`a task of ${name} is FAILED`, look, { withinMs });
  }

  async deleteAll(): Promise<void> {
    const { body } = await this.call('GET', '/connectors');
    for (const name of body as readonly string[]) await this.call('DELETE', `/connectors/${name}`);
  }
}

const isRefused = (failure: unknown): boolean =>
  (failure as { readonly cause?: { readonly code?: string } }).cause?.code === 'ECONNREFUSED';

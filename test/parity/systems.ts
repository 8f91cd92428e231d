import { liveWorkers, startWorkers, stopWorkers } from '../support/cluster.ts';
import { startPeerWorker } from '../support/peer/peer-worker.ts';
import { Rest, type ConnectorConfig } from '../support/rest.ts';
import type { Servers } from '../support/stack.ts';
import { until } from '../support/wait.ts';

/** A running worker that takes connectors. */
export interface System extends AsyncDisposable {
  readonly create: (name: string, config: ConnectorConfig) => Promise<void>;
  /** The trace of a connector or task that has failed; undefined: none has. */
  readonly failureOf: (name: string) => Promise<string | undefined>;
  readonly remove: (name: string) => Promise<void>;
}

/** One of our workers, at-least-once so that offsets in topics are counts. */
export const startOurs = async (): Promise<System> => {
  await stopWorkers();
  await startWorkers(1, { environment: { HEADRACE_EXACTLY_ONCE_SOURCE_SUPPORT: 'disabled' } });
  const workers = await liveWorkers();
  const rest = new Rest(() => workers.map((worker) => worker.rest));
  await rest.deleteAll();
  return system(rest, async () => {
    await rest.deleteAll();
    await stopWorkers();
  });
};

export const startPeer = async (servers: Servers, prefix: string): Promise<System> => {
  const worker = await startPeerWorker({
    brokers: servers.kafkaBrokers,
    registryUrl: new URL('/apis/registry/v2', servers.registryUrl).href,
    prefix,
    isExactlyOnce: false,
    report: (line) => {
      console.log(line);
    },
    signal: AbortSignal.timeout(240_000),
  });
  return system(new Rest(() => [worker.rest]), async () => worker[Symbol.asyncDispose]());
};

const system = (rest: Rest, dispose: () => Promise<void>): System => ({
  create: async (name, config) => {
    const answer = await until(
      `connector ${name} is taken`,
      async () => {
        const reply = await rest.call('POST', '/connectors', { name, config });
        // 409 with another message: the peer's cluster is distributing connectors at this moment.
        return reply.status === 409 ? undefined : reply;
      },
      { withinMs: 60_000 },
    );
    if (answer.status !== 201)
      throw new Error(`POST of connector ${name} answered ${String(answer.status)}: ${JSON.stringify(answer.body)}`);
  },
  failureOf: async (name) => {
    const state = await rest.state(name);
    if (state === undefined) return undefined;
    return [state.connector, ...state.tasks].find((unit) => unit.state === 'FAILED')?.trace;
  },
  remove: async (name) => {
    await until(
      `connector ${name} is gone`,
      async () => {
        const { status } = await rest.call('DELETE', `/connectors/${name}`);
        return status === 204 || status === 404 ? true : undefined;
      },
      { withinMs: 60_000 },
    );
  },
  [Symbol.asyncDispose]: dispose,
});

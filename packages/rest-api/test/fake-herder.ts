import type { ConnectorNotification, PartitionPosition, SourcePosition } from '@headrace/connector-api';
import { RequestError, type RawConfig } from '@headrace/foundation';
import {
  requireValid,
  validateConnector,
  type ConnectorInfo,
  type ConnectorOffsets,
  type ConnectorStatus,
  type Herder,
  type PluginRegistry,
  type TargetState,
  type UnitState,
} from '@headrace/runtime';

interface Stored {
  config: Record<string, string>;
  target: TargetState;
  taskState: UnitState;
  source: readonly SourcePosition[];
  sink: readonly PartitionPosition[];
  readonly told: ConnectorNotification[];
}

/** A herder of one process without tasks behind it: what it is told is so at once. */
export interface FakeHerder extends Herder {
  readonly connectors: Map<string, Stored>;
}

const notFound = (message: string): RequestError => new RequestError('herder.not_found', 404, message);

const unitStates: Readonly<Record<TargetState, UnitState>> = { STARTED: 'RUNNING', PAUSED: 'PAUSED', STOPPED: 'STOPPED' };

export const createFakeHerder = (plugins: PluginRegistry): FakeHerder => {
  const connectors = new Map<string, Stored>();
  const draining = new Set<string>();

  const find = (name: string, message = `Connector ${name} not found`): Stored => {
    const stored = connectors.get(name);
    if (stored === undefined) throw notFound(message);
    return stored;
  };

  const kindOf = (stored: Stored): ConnectorInfo['kind'] => plugins.connector(stored.config['connector.class'] ?? '')?.kind ?? 'unknown';

  const infoOf = (name: string, stored: Stored): ConnectorInfo => ({
    name,
    kind: kindOf(stored),
    config: stored.config,
    taskNumbers: stored.target === 'STOPPED' ? [] : [0],
  });

  const statusOf = (name: string, stored: Stored): ConnectorStatus => ({
    name,
    kind: kindOf(stored),
    connector: { state: unitStates[stored.target], workerId: 'w1:8083', version: '1.0.0' },
    tasks:
      stored.target === 'STOPPED'
        ? []
        : [
            {
              id: 0,
              state: stored.taskState,
              workerId: 'w2:8083',
              version: '1.0.0',
              ...(stored.taskState === 'FAILED' ? { trace: 'TaskFailure: no' } : {}),
            },
          ],
  });

  const store = (name: string, raw: RawConfig, target: TargetState): ConnectorInfo => {
    requireValid(validateConnector(plugins, raw));
    const old = connectors.get(name);
    const config = Object.fromEntries(Object.entries(raw).filter((entry): entry is [string, string] => entry[1] !== null));
    const stored = { taskState: unitStates[target], source: [], sink: [], told: [], ...old, config, target: old?.target ?? target };
    connectors.set(name, stored);
    return infoOf(name, stored);
  };

  const offsetsOf = (stored: Stored): ConnectorOffsets =>
    kindOf(stored) === 'sink' ? { kind: 'sink', positions: stored.sink } : { kind: 'source', positions: stored.source };

  return {
    connectors,
    connectorNames: async () => [...connectors.keys()],
    connector: async (name) => infoOf(name, find(name)),
    createConnector: async ({ name, config, initialState = 'STARTED' }) => {
      if (connectors.has(name)) throw new RequestError('herder.exists', 409, `Connector ${name} already exists`);
      return { ...store(name, config, initialState), taskNumbers: [] };
    },
    putConfig: async (name, config) => {
      const isCreated = !connectors.has(name);
      return { info: store(name, config, 'STARTED'), isCreated };
    },
    patchConfig: async (name, patch) => {
      const merged = { ...find(name).config, ...patch };
      return store(name, Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null)), 'STARTED');
    },
    deleteConnector: async (name) => {
      find(name);
      connectors.delete(name);
    },
    status: async (name) => statusOf(name, find(name, `No status found for connector ${name}`)),
    setTargetState: async (name, state) => {
      const stored = find(name, `Unknown connector ${name}`);
      stored.target = state;
      stored.taskState = unitStates[state];
    },
    sendSignal: async (name, { id, type }) => {
      find(name).told.push({ id, aggregate: 'Signal', type, data: { connector_name: name }, at: 1 });
    },
    notifications: async (name) => find(name).told,
    tasks: async (name) => {
      const stored = find(name);
      return infoOf(name, stored).taskNumbers.map((task) => ({ task, config: { ...stored.config, 'task.class': 'T' } }));
    },
    restartConnector: async (name, { includeTasks, onlyFailed }) => {
      const stored = find(name, `Unknown connector: ${name}`);
      if (!includeTasks && !onlyFailed) return undefined;
      const status = statusOf(name, stored);
      return {
        ...status,
        connector: { ...status.connector, state: onlyFailed ? status.connector.state : 'RESTARTING' },
        tasks: status.tasks.map((task) => (includeTasks ? { ...task, state: 'RESTARTING' } : task)),
      };
    },
    restartTask: async (name, task) => {
      const stored = find(name, `Unknown connector: ${name}`);
      if (!infoOf(name, stored).taskNumbers.includes(task)) throw notFound(`Unknown task: ${name}-${String(task)}`);
    },
    offsets: async (name) => offsetsOf(find(name)),
    alterOffsets: async (name, alteration) => {
      const stored = find(name);
      if (stored.target !== 'STOPPED') {
        throw new RequestError('herder.not_stopped', 400, `Connectors must be in the STOPPED state: PUT /connectors/${name}/stop`);
      }
      if (alteration === undefined) {
        stored.source = [];
        stored.sink = [];
        return 'The offsets for this connector have been reset successfully';
      }
      if (alteration.kind === 'source') stored.source = alteration.positions;
      else
        stored.sink = alteration.positions.flatMap(({ topic, partition, offset }) =>
          offset === null ? [] : [{ topic, partition, offset }],
        );
      return 'The offsets for this connector have been altered successfully';
    },
    cluster: async () => ({
      leader: 'w1:8083',
      assignedAt: 7,
      members: [
        {
          workerId: 'w1:8083',
          restUrl: 'http://w1:8083',
          startedAt: 1_700_000_000_000,
          labels: { zone: 'a' },
          isDraining: draining.has('w1:8083'),
        },
      ],
      owners: [
        { connector: 'inv', task: null, workerId: 'w1:8083', epoch: '1/7', since: 1_700_000_000_001, weight: 1, bytesPerSecond: 0 },
        { connector: 'inv', task: 0, workerId: 'w1:8083', epoch: '1/8', since: undefined, weight: 9, bytesPerSecond: 8_388_608 },
      ],
      moves: [{ connector: 'inv', task: null, from: null, to: 'w1:8083', reason: 'new', at: 1_700_000_000_000 }],
    }),
    drain: async (workerId, isWanted) => {
      if (workerId !== 'w1:8083')
        throw new RequestError('connector.worker_not_found', 404, `Worker ${workerId} is not a member of the cluster.`);
      if (isWanted) draining.add(workerId);
      else draining.delete(workerId);
    },
    reattach: async () => 2,
  };
};

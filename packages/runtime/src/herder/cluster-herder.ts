import type { ConnectorNotification, ConnectorSignal } from '@headrace/connector-api';
import type { RawConfig } from '@headrace/foundation';
import type { ClusterOperations } from './cluster-operations.ts';
import type { ConnectorConfigs } from './connector-configs.ts';
import type { ConnectorMessages } from './connector-messages.ts';
import type { ConnectorOffsets } from './connector-offsets.ts';
import type { ConnectorStatuses } from './connector-statuses.ts';
import type { ConnectorStore } from './connector-store.ts';
import { notFound } from './errors.ts';
import type {
  ClusterView,
  ConnectorInfo,
  ConnectorOffsets as Offsets,
  ConnectorStatus,
  CreateConnector,
  Herder,
  OffsetsAlteration,
  RestartOptions,
  TargetState,
  TaskInfo,
} from './herder.ts';

export interface ClusterHerderParts {
  readonly connectors: ConnectorStore;
  readonly configs: ConnectorConfigs;
  readonly statuses: ConnectorStatuses;
  readonly offsets: ConnectorOffsets;
  readonly operations: ClusterOperations;
  readonly messages: ConnectorMessages;
}

/** The herder on the coordination store: any worker answers, since none keeps anything of its own. */
export class ClusterHerder implements Herder {
  readonly #parts: ClusterHerderParts;

  constructor(parts: ClusterHerderParts) {
    this.#parts = parts;
  }

  connectorNames(signal: AbortSignal): Promise<readonly string[]> {
    return this.#parts.configs.names(signal);
  }

  connector(name: string, signal: AbortSignal): Promise<ConnectorInfo> {
    return this.#parts.configs.info(name, signal);
  }

  createConnector(request: CreateConnector, signal: AbortSignal): Promise<ConnectorInfo> {
    return this.#parts.configs.create(request, signal);
  }

  putConfig(name: string, config: RawConfig, signal: AbortSignal): Promise<{ readonly info: ConnectorInfo; readonly isCreated: boolean }> {
    return this.#parts.configs.put(name, config, signal);
  }

  patchConfig(name: string, patch: RawConfig, signal: AbortSignal): Promise<ConnectorInfo> {
    return this.#parts.configs.patch(name, patch, signal);
  }

  deleteConnector(name: string, signal: AbortSignal): Promise<void> {
    return this.#parts.configs.delete(name, signal);
  }

  status(name: string, signal: AbortSignal): Promise<ConnectorStatus> {
    return this.#parts.statuses.status(name, signal);
  }

  setTargetState(name: string, state: TargetState, signal: AbortSignal): Promise<void> {
    return this.#parts.statuses.setTarget(name, state, signal);
  }

  async tasks(name: string, signal: AbortSignal): Promise<readonly TaskInfo[]> {
    const { connector } = await this.#parts.connectors.read(name, signal);
    if (connector === undefined) throw notFound(`Connector ${name} not found`);
    return [...connector.tasks].sort(([a], [b]) => a - b).map(([task, { config }]) => ({ task, config }));
  }

  restartConnector(name: string, options: RestartOptions, signal: AbortSignal): Promise<ConnectorStatus | undefined> {
    return this.#parts.statuses.restartConnector(name, options, signal);
  }

  restartTask(name: string, task: number, signal: AbortSignal): Promise<void> {
    return this.#parts.statuses.restartTask(name, task, signal);
  }

  offsets(name: string, signal: AbortSignal): Promise<Offsets> {
    return this.#parts.offsets.read(name, signal);
  }

  alterOffsets(name: string, alteration: OffsetsAlteration | undefined, signal: AbortSignal): Promise<string> {
    return this.#parts.offsets.alter(name, alteration, signal);
  }

  sendSignal(name: string, message: ConnectorSignal, signal: AbortSignal): Promise<void> {
    return this.#parts.messages.send(name, message, signal);
  }

  notifications(name: string, signal: AbortSignal): Promise<readonly ConnectorNotification[]> {
    return this.#parts.messages.notifications(name, signal);
  }

  cluster(signal: AbortSignal): Promise<ClusterView> {
    return this.#parts.operations.view(signal);
  }

  drain(workerId: string, isWanted: boolean, signal: AbortSignal): Promise<void> {
    return this.#parts.operations.drain(workerId, isWanted, signal);
  }

  reattach(signal: AbortSignal): Promise<number> {
    return this.#parts.operations.reattach(signal);
  }
}

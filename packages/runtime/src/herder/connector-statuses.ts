import type { Operation } from '@headrace/ports';
import { pointerTo, premises } from '../cluster/planning/generation.ts';
import { unitPath, type Unit } from '../cluster/store/unit.ts';
import { codecs, type StatusValue } from '../cluster/store/values.ts';
import type { ClusterModel, ConnectorModel } from '../cluster/store/cluster-model.ts';
import type { ConnectorStore, ConnectorView } from './connector-store.ts';
import { connectorErrors, notFound } from './errors.ts';
import type { ConnectorStatus, RestartOptions, TargetState, UnitStatus } from './herder.ts';
import { unitStatus } from './unit-status.ts';
import { RequestError } from '@headrace/foundation';

/** Statuses, target states and restarts. */
export class ConnectorStatuses {
  readonly #connectors: ConnectorStore;

  constructor(connectors: ConnectorStore) {
    this.#connectors = connectors;
  }

  async status(name: string, signal: AbortSignal): Promise<ConnectorStatus> {
    const { model, connector } = await this.#connectors.read(name, signal);
    if (connector === undefined) throw notFound(`No status found for connector ${name}`);
    return this.#statusOf(model, connector, signal);
  }

  /** Resuming plans and starts tasks anew; stopping takes them away in the same step. */
  async setTarget(name: string, state: TargetState, signal: AbortSignal): Promise<void> {
    const { keys } = this.#connectors;
    const decide = ({ connector, model }: ConnectorView) => {
      if (connector === undefined) throw notFound(`Unknown connector ${name}`);
      const put: Operation = { put: keys.target(name), value: codecs.target.encode({ state }) };
      const premise = { key: keys.config(name), exists: true };
      if (state !== 'STOPPED') return { transaction: { if: [premise], then: [put] }, result: undefined };
      if (connector.target === 'STOPPED' && (connector.generation?.taskCount ?? 0) === 0) return { result: undefined };
      const pointer = pointerTo({ keys, model, connector, tasks: [] }, Number(model.revision));
      return { transaction: { if: premises(keys, connector), then: [put, ...pointer] }, result: undefined };
    };
    await this.#connectors.change(name, decide, signal);
  }

  async restartConnector(name: string, options: RestartOptions, signal: AbortSignal): Promise<ConnectorStatus | undefined> {
    const { model, connector } = await this.#connectors.read(name, signal);
    if (connector === undefined) throw notFound(`Unknown connector: ${name}`);
    const isPlain = !options.includeTasks && !options.onlyFailed;
    const status = await this.#statusOf(model, connector, signal);
    const isMeant = (state: string): boolean => !options.onlyFailed || state === 'FAILED';
    const isConnectorMeant = isMeant(status.connector.state);
    const tasks = options.includeTasks ? status.tasks.filter((task) => isMeant(task.state)).map((task) => task.id) : [];
    await this.#ask(name, { connector: isConnectorMeant, tasks }, signal);
    if (isPlain) return undefined;
    return {
      ...status,
      connector: isConnectorMeant ? restarting(status.connector) : status.connector,
      tasks: status.tasks.map((task) => (tasks.includes(task.id) ? { ...restarting(task), id: task.id } : task)),
    };
  }

  async restartTask(name: string, task: number, signal: AbortSignal): Promise<void> {
    const { connector } = await this.#connectors.read(name, signal);
    if (connector === undefined) throw notFound(`Unknown connector: ${name}`);
    if (connector.target === 'STOPPED') {
      throw new RequestError(
        connectorErrors.stopped.code,
        409,
        `Cannot restart task ${name}-${String(task)}: connector ${name} is stopped. Resume it with PUT /connectors/${name}/resume.`,
      );
    }
    if (task >= (connector.generation?.taskCount ?? 0)) {
      throw new RequestError(connectorErrors.task_not_found.code, 404, `Unknown task: ${name}-${String(task)}`);
    }
    await this.#ask(name, { connector: false, tasks: [task] }, signal);
  }

  /** Raises the tokens; owners obey any that is higher than the one they started with. */
  async #ask(name: string, units: { readonly connector: boolean; readonly tasks: readonly number[] }, signal: AbortSignal): Promise<void> {
    if (!units.connector && units.tasks.length === 0) return;
    const { keys } = this.#connectors;
    const decide = ({ connector }: ConnectorView) => {
      if (connector === undefined) throw notFound(`Unknown connector: ${name}`);
      const { restart } = connector;
      const tokens = units.tasks.map((task) => [String(task), (restart.tasks[String(task)] ?? 0) + 1] as const);
      const value = codecs.restart.encode({
        connector: restart.connector + (units.connector ? 1 : 0),
        tasks: { ...restart.tasks, ...Object.fromEntries(tokens) },
      });
      const unchanged = [
        { key: keys.config(name), exists: true },
        { key: keys.restart(name), modRevision: restart.modRevision },
      ];
      return { transaction: { if: unchanged, then: [{ put: keys.restart(name), value }] }, result: undefined };
    };
    await this.#connectors.change(name, decide, signal);
  }

  async #statusOf(model: ClusterModel, connector: ConnectorModel, signal: AbortSignal): Promise<ConnectorStatus> {
    const { keys } = this.#connectors;
    const { name, generation, restart } = connector;
    const { entries } = await this.#connectors.list(keys.statusesOf(name), signal);
    const statuses = new Map(entries.map((entry) => [entry.key, codecs.status.decode(entry)] as const));
    const statusOf = (unit: Unit, restartToken: number) =>
      unitStatus({ ...factsOf(model, unit, statuses.get(keys.status(unit))), restartToken });
    return {
      name,
      kind: connector.config.kind,
      connector: statusOf({ connector: name, task: null }, restart.connector),
      tasks: Array.from({ length: generation?.taskCount ?? 0 }, (_, id) => ({
        id,
        ...statusOf({ connector: name, task: id }, restart.tasks[String(id)] ?? 0),
      })),
    };
  }
}

const factsOf = (model: ClusterModel, unit: Unit, status: StatusValue | undefined) => ({
  status,
  owner: model.owners.get(unitPath(unit)),
  assignedTo: model.assignment.get(unitPath(unit))?.workerId,
});

const restarting = ({ trace: _, ...status }: UnitStatus): UnitStatus => ({ ...status, state: 'RESTARTING' });

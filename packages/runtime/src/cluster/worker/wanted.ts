import type { ConnectorPlugin } from '../../plugins/plugin-registry.ts';
import type { ClusterModel, ConnectorModel } from '../store/cluster-model.ts';
import { unitPath, type Unit } from '../store/unit.ts';
import type { UnitContext } from './unit-context.ts';
import type { WantedConnector } from './connector-unit-state.ts';
import type { WantedTask } from './task-unit-state.ts';

/** What the cluster wants of a task on this worker, by the replica as it is now. */
export const wantedTask = (context: UnitContext, unit: Unit & { readonly task: number }): WantedTask => {
  const { model } = context.replica;
  const connector = assignedConnector(context, model, unit);
  const { generation } = connector ?? {};
  if (connector === undefined || generation === undefined || unit.task >= generation.taskCount) return { kind: 'none' };
  if (connector.target === 'STOPPED' || !mayRun(context, connector)) return { kind: 'none' };
  return {
    kind: 'task',
    generation: connector.tasks.get(unit.task)?.since ?? generation.generation,
    restartToken: connector.restart.tasks[String(unit.task)] ?? 0,
    isPaused: connector.target === 'PAUSED',
    isFree: isUnowned(context, unit) && !model.fences.has(unit.connector) && connector.tasks.has(unit.task),
  };
};

export const wantedConnector = (context: UnitContext, unit: Unit): WantedConnector => {
  const { model } = context.replica;
  const connector = assignedConnector(context, model, unit);
  if (connector === undefined) return { kind: 'none' };
  return {
    kind: 'connector',
    creation: connector.config.createRevision,
    isFree: isUnowned(context, unit),
    inputs: {
      configVersion: connector.config.configVersion,
      target: connector.target,
      restartToken: connector.restart.connector,
      generationRevision: connector.generation?.modRevision ?? 0n,
    },
  };
};

/** By anybody else: a key of this session that its unit knows nothing of is left from an acquisition whose answer was lost. */
const isUnowned = ({ replica, session }: UnitContext, unit: Unit): boolean => {
  const owner = replica.model.owners.get(unitPath(unit));
  return owner === undefined || owner.session === session.leaseId;
};

export const isAssignedHere = ({ replica, session }: UnitContext, unit: Unit): boolean =>
  replica.model.assignment.get(unitPath(unit))?.workerId === session.workerId;

const assignedConnector = (context: UnitContext, model: ClusterModel, unit: Unit): ConnectorModel | undefined => {
  return isAssignedHere(context, unit) && !context.isDraining() ? model.connectors.get(unit.connector) : undefined;
};

/** A stale owner of a fenced target is refused there; of any other it must have stopped before its lease can have ended. */
const mayRun = (context: UnitContext, connector: ConnectorModel): boolean => {
  if (context.lease.phase === 'held') return true;
  const plugin = pluginOf(context, connector.name);
  return plugin?.kind === 'source' || plugin?.isFenced === true;
};

/** The plugin of a connector as configured now; undefined when this worker has none of that class. */
export const pluginOf = (context: UnitContext, connector: string): ConnectorPlugin | undefined => {
  const className = context.replica.model.connectors.get(connector)?.config.config['connector.class'];
  return className === undefined ? undefined : context.plugins.connector(className);
};

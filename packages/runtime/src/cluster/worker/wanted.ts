import { isIdle, type TaskSpec } from '@headrace/ports';
import type { ConnectorPlugin } from '../../plugins/plugin-registry.ts';
import type { ClusterModel, ConnectorModel } from '../store/cluster-model.ts';
import { unitPath, type Unit } from '../store/unit.ts';
import { partitionsOf } from '../store/values.ts';
import type { Grip } from './ownership.ts';
import type { UnitContext } from './unit-context.ts';
import type { WantedConnector } from './connector/connector-unit-state.ts';
import type { WantedTask } from './task-unit-state.ts';

/** What the cluster wants of a task on this worker, by the replica as it is now. */
export const wantedTask = (context: UnitContext, unit: Unit & { readonly task: number }, grip: Grip | undefined): WantedTask => {
  const none: WantedTask = { kind: 'none', isOwnedHere: isOwnedHere(context, unit) };
  return isWantedHere(context, unit) ? (wantedSomewhere(context, unit, grip) ?? none) : none;
};

/** What is wanted of a task on the worker that has it; undefined when it is to run nowhere, or is lost here. */
export const wantedSomewhere = (
  context: UnitContext,
  unit: Unit & { readonly task: number },
  grip: Grip | undefined,
): WantedTask | undefined => {
  const { model } = context.replica;
  const connector = model.connectors.get(unit.connector);
  const { generation } = connector ?? {};
  if (connector === undefined || generation === undefined || isLost(model, grip)) return undefined;
  if (!mayRun(context, connector, unit.task)) return undefined;
  return {
    kind: 'task',
    generation: connector.tasks.get(unit.task)?.since ?? generation.generation,
    restartToken: connector.restart.tasks[String(unit.task)] ?? 0,
    isPaused: connector.target === 'PAUSED',
    isFree: isUnowned(context, unit) && !model.fences.has(unit.connector) && connector.tasks.has(unit.task),
  };
};

export const wantedConnector = (context: UnitContext, unit: Unit, grip: Grip | undefined): WantedConnector => {
  const { model } = context.replica;
  const connector = isWantedHere(context, unit) ? model.connectors.get(unit.connector) : undefined;
  if (connector === undefined || isLost(model, grip)) return { kind: 'none', isOwnedHere: isOwnedHere(context, unit) };
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

/** What is held has another owner key than it was taken with, or none: whoever removed it, it is not ours any more. */
const isLost = (model: ClusterModel, grip: Grip | undefined): boolean =>
  grip !== undefined && model.revision >= grip.epoch.revision && model.owners.get(unitPath(grip.unit))?.modRevision !== grip.epoch.revision;

/** By anybody else: a key of this session that its unit knows nothing of is left from an acquisition whose answer was lost. */
const isUnowned = ({ replica, session }: UnitContext, unit: Unit): boolean => {
  const owner = replica.model.owners.get(unitPath(unit));
  return owner === undefined || owner.session === session.leaseId;
};

/** The store has an owner key of this session for it: an orphan, if its unit holds nothing. */
export const isOwnedHere = ({ replica, session }: UnitContext, unit: Unit): boolean =>
  replica.model.owners.get(unitPath(unit))?.session === session.leaseId;

export const isAssignedHere = ({ replica, session }: UnitContext, unit: Unit): boolean =>
  replica.model.assignment.get(unitPath(unit))?.workerId === session.workerId;

/** A thread for the task would have nothing to do. */
export const hasNothingToRead = (context: UnitContext, unit: Unit & { readonly task: number }): boolean => {
  const task = context.replica.model.connectors.get(unit.connector)?.tasks.get(unit.task);
  return task !== undefined && isIdle({ kind: kindOf(context, unit.connector), partitions: partitionsOf(task) });
};

const isWantedHere = (context: UnitContext, unit: Unit): boolean => isAssignedHere(context, unit) && !context.isDraining();

/**
 * The connector has that task and is not stopped; and a stale owner would be refused by its target, or must have stopped
 * before its lease can have ended.
 */
const mayRun = (context: UnitContext, connector: ConnectorModel, task: number): boolean => {
  if (connector.target === 'STOPPED' || task >= (connector.generation?.taskCount ?? 0)) return false;
  if (context.lease.phase === 'held') return true;
  const plugin = pluginOf(context, connector.name);
  return plugin?.kind === 'source' || plugin?.isFenced === true;
};

/** The plugin of a connector as configured now; undefined when this worker has none of that class. */
export const pluginOf = (context: UnitContext, connector: string): ConnectorPlugin | undefined => {
  const className = context.replica.model.connectors.get(connector)?.config.config['connector.class'];
  return className === undefined ? undefined : context.plugins.connector(className);
};

/** Of its tasks: as the plugin says, or as it was when the plugin was there. */
export const kindOf = (context: UnitContext, connector: string): TaskSpec['kind'] => {
  const kept = context.replica.model.connectors.get(connector)?.config.kind;
  return pluginOf(context, connector)?.kind ?? (kept === 'sink' ? 'sink' : 'source');
};

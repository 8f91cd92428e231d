import type { Operation } from '@headrace/ports';
import type { ClusterModel } from '../store/cluster-model.ts';
import type { Keyspace } from '../store/keyspace.ts';
import { unitPath, type Unit } from '../store/unit.ts';
import { codecs } from '../store/values.ts';
import { assign, type Assignment, type Placeable } from './assignor.ts';

/**
 * What the leader has to write so that every unit has a worker: connectors and tasks are balanced apart, since a
 * connector's planning costs next to nothing. Pure.
 */
export const assignmentChanges = (keys: Keyspace, model: ClusterModel): readonly Operation[] => {
  const members = [...model.members].filter(([, member]) => !member.isDraining).map(([workerId]) => workerId);
  // Nobody to give anything to: whoever comes next finds things as they were.
  if (members.length === 0) return [];
  const previous = new Map([...model.assignment].map(([path, { workerId }]) => [path, workerId]));
  const units = unitsOf(model);
  const isConnector = (unit: Unit): boolean => unit.task === null;
  const wanted: Assignment = new Map([
    ...assign(members, units.filter(isConnector).map(placeable), previous),
    ...assign(members, units.filter((unit) => !isConnector(unit)).map(placeable), previous),
  ]);
  const puts = units.flatMap((unit): readonly Operation[] => {
    const workerId = wanted.get(unitPath(unit));
    if (workerId === undefined || workerId === previous.get(unitPath(unit))) return [];
    return [{ put: keys.assignment(unit), value: codecs.assignment.encode({ workerId }) }];
  });
  const deletions = [...model.assignment.values()].filter(({ unit }) => !wanted.has(unitPath(unit)));
  return [...puts, ...deletions.map(({ unit }): Operation => ({ delete: keys.assignment(unit) }))];
};

/** Every connector, and the tasks of its current generation. */
const unitsOf = (model: ClusterModel): readonly Unit[] =>
  [...model.connectors.values()].flatMap(({ name, generation }): readonly Unit[] => [
    { connector: name, task: null },
    ...Array.from({ length: generation?.taskCount ?? 0 }, (_, task) => ({ connector: name, task })),
  ]);

const placeable = (unit: Unit): Placeable => ({ id: unitPath(unit), group: unit.connector, weight: 1 });

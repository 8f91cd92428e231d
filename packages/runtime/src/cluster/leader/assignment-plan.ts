import type { Operation } from '@headrace/ports';
import { parseLabels } from '../placement.ts';
import { weightOf } from '../load/task-weight.ts';
import { isDraining, type ClusterModel, type ConnectorModel } from '../store/cluster-model.ts';
import type { Keyspace } from '../store/keyspace.ts';
import { unitPath, type Unit } from '../store/unit.ts';
import { codecs, type MoveReason } from '../store/values.ts';
import { assign, type Assignment, type Placeable } from './assignor.ts';

/** What the leader writes of one unit. */
export interface AssignmentChange {
  readonly unit: Unit;
  readonly operation: Operation;
  /** Left out: the unit is taken away, not given. */
  readonly move?: { readonly from: string | null; readonly to: string; readonly reason: MoveReason };
}

interface PlacedUnit extends Placeable {
  readonly unit: Unit;
}

/**
 * What the leader has to write so that every unit has a worker: connectors and tasks are balanced apart, since a
 * connector's planning costs next to nothing. Pure.
 */
export const assignmentChanges = (keys: Keyspace, model: ClusterModel): readonly AssignmentChange[] => {
  const members = [...model.members.keys()].filter((workerId) => !isDraining(model, workerId));
  // Nobody to give anything to: whoever comes next finds things as they were.
  if (members.length === 0) return [];
  const previous = new Map([...model.assignment].map(([path, { workerId }]) => [path, workerId]));
  const units = [...model.connectors.values()].flatMap((connector) => unitsOf(model, connector));
  const wanted: Assignment = new Map([
    ...assign(
      members,
      units.filter(({ unit }) => unit.task === null),
      previous,
    ),
    ...assign(
      members,
      units.filter(({ unit }) => unit.task !== null),
      previous,
    ),
  ]);
  const given = units.flatMap((placed): readonly AssignmentChange[] => {
    const { id, unit } = placed;
    const [from, to] = [previous.get(id) ?? null, wanted.get(id)];
    if (to === undefined || to === from) return [];
    const operation = { put: keys.assignment(unit), value: codecs.assignment.encode({ workerId: to }) };
    return [{ unit, operation, move: { from, to, reason: reasonOf(model, placed, from) } }];
  });
  const taken = [...model.assignment.values()].filter(({ unit }) => !wanted.has(unitPath(unit)));
  return [...given, ...taken.map(({ unit }) => ({ unit, operation: { delete: keys.assignment(unit) } }))];
};

const reasonOf = (model: ClusterModel, { fits }: Placeable, from: string | null): MoveReason => {
  if (from === null) return 'new';
  if (!model.members.has(from)) return 'worker-gone';
  if (isDraining(model, from)) return 'worker-leaves';
  return fits?.(from) === false ? 'placement' : 'balance';
};

/** A connector, and the tasks of its current generation. */
const unitsOf = (model: ClusterModel, connector: ConnectorModel): readonly PlacedUnit[] => {
  const { name, config, generation } = connector;
  const required = Object.entries(parseLabels(config.config['headrace.placement'] ?? ''));
  const fits = (workerId: string): boolean => {
    const labels = model.members.get(workerId)?.labels ?? {};
    return required.every(([label, value]) => labels[label] === value);
  };
  const place = (task: number | null): PlacedUnit => {
    const unit = { connector: name, task };
    const { total: weight, measured } = weightOf(model, unit);
    return { id: unitPath(unit), group: name, weight, measured, unit, ...(required.length === 0 ? {} : { fits }) };
  };
  return [place(null), ...Array.from({ length: generation?.taskCount ?? 0 }, (_, task) => place(task))];
};

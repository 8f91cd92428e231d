import type { ClusterModel } from '../store/cluster-model.ts';
import { unitPath, type Unit } from '../store/unit.ts';
import { LOAD_UNIT } from './load-step.ts';

/** What a unit counts for when loads are balanced. */
export interface Weight {
  /** At least 1. */
  readonly total: number;
  /** The part that was measured, and changes by itself. */
  readonly measured: number;
}

/** As configured (`headrace.task.weight`), else 1 and one more for each LOAD_UNIT that the task moves. A connector's planning costs next to nothing. */
export const weightOf = ({ connectors, loads }: Pick<ClusterModel, 'connectors' | 'loads'>, unit: Unit): Weight => {
  if (unit.task === null) return { total: 1, measured: 0 };
  const configured = Number(connectors.get(unit.connector)?.config.config['headrace.task.weight'] ?? '0');
  if (configured >= 1) return { total: configured, measured: 0 };
  const measured = (loads.get(unitPath(unit)) ?? 0) / LOAD_UNIT;
  return { total: 1 + measured, measured };
};

import type { StatusValue } from '../cluster/store/values.ts';
import type { UnitStatus } from './herder.ts';

/** What is known of one unit, all of it read from the store. */
export interface UnitFacts {
  /** The last status any owner wrote. */
  readonly status: StatusValue | undefined;
  /** Who owns the unit now, and the revision at which it was taken. */
  readonly owner: { readonly workerId: string; readonly modRevision: bigint } | undefined;
  /** Who is to have it. */
  readonly assignedTo: string | undefined;
  /** The latest restart asked for. */
  readonly restartToken: number;
}

/**
 * What to show. A status counts only while the owner that wrote it owns the unit: what a dead worker last said is not
 * shown as if it still ran. A restart that was asked for and not obeyed yet shows as RESTARTING.
 */
export const unitStatus = ({ status, owner, assignedTo, restartToken }: UnitFacts): UnitStatus => {
  const workerId = owner?.workerId ?? assignedTo ?? status?.workerId ?? '';
  if (status === undefined) return { state: 'UNASSIGNED', workerId };
  const version = status.pluginVersion === undefined ? {} : { version: status.pluginVersion };
  if (status.restartToken < restartToken) return { state: 'RESTARTING', workerId, ...version };
  if (status.epoch !== String(owner?.modRevision)) return { state: 'UNASSIGNED', workerId, ...version };
  return { ...whileOwned(status), workerId, ...version };
};

/** What the owner said of itself. */
const whileOwned = ({ state, trace, condition }: StatusValue): Omit<UnitStatus, 'workerId' | 'version'> => ({
  state,
  ...(trace === undefined ? {} : { trace }),
  ...condition,
});

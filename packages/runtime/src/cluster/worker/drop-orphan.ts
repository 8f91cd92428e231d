import type { Backoff } from '@headrace/foundation';
import type { Unit } from '../store/unit.ts';
import type { UnitContext } from './unit-context.ts';

/** Drops the owner key that a lost acquisition left. Then waits for news: the replica still shows what was just dropped. */
export const dropOrphan = async ({ ownership, replica }: UnitContext, unit: Unit, backoff: Backoff, signal: AbortSignal): Promise<void> => {
  const seen = replica.model.revision;
  await ownership.dropOrphan(unit, signal);
  if (replica.model.revision === seen) await backoff.wait(signal);
};

import type { StoredEntry } from '@headrace/ports';
import { createKeyspace, type Keyspace } from '../../src/cluster/store/keyspace.ts';
import type { Unit } from '../../src/cluster/store/unit.ts';

type Entries = ReadonlyMap<string, StoredEntry>;
type Json = Readonly<Record<string, unknown>>;

interface Load {
  readonly worker: string;
  /** What each of its tasks counts for. */
  readonly weights: number[];
  total: number;
  /** The part of it that was measured. */
  measured: number;
}

interface Weight {
  readonly total: number;
  readonly measured: number;
}

const MIB = 1_048_576;

const decoded = (entries: Entries, key: string): Json | undefined => {
  const entry = entries.get(key);
  return entry === undefined ? undefined : (JSON.parse(entry.value) as Json);
};

/**
 * The promise of the assignment, said a second time: no worker is above another by more than a third of what was measured on
 * it, as long as the move of one task would bring the two closer. Else sentences.
 */
export const imbalances = (clusterId: string, entries: Entries): readonly string[] => {
  const loads = loadsOf(clusterId, entries);
  return loads.flatMap((from) =>
    loads.flatMap((to) => {
      const difference = from.total - to.total;
      const isJust = difference <= from.measured / 3 || from.weights.every((weight) => weight >= difference);
      return isJust ? [] : [`L1: ${from.worker} has ${String(from.total)} to do, ${to.worker} has ${String(to.total)}`];
    }),
  );
};

const loadsOf = (clusterId: string, entries: Entries): readonly Load[] => {
  const keys = createKeyspace(clusterId);
  const live = [...entries.keys()].flatMap((key) => {
    const parsed = key.startsWith(keys.live) ? keys.parse(key) : undefined;
    return parsed === undefined ? [] : [{ key, parsed }];
  });
  const loads = new Map<string, Load>();
  for (const { parsed } of live) {
    if (parsed.kind === 'member') loads.set(parsed.workerId, { worker: parsed.workerId, weights: [], total: 0, measured: 0 });
  }
  for (const { key, parsed } of live) {
    const isTask = parsed.kind === 'assignment' && parsed.unit.task !== null;
    const load = isTask ? loads.get(String(decoded(entries, key)?.['workerId'])) : undefined;
    if (isTask && load !== undefined) add(load, weightOf(keys, entries, parsed.unit));
  }
  return [...loads.values()];
};

const add = (load: Load, { total, measured }: Weight): void => {
  load.weights.push(total);
  load.total += total;
  load.measured += measured;
};

const weightOf = (keys: Keyspace, entries: Entries, unit: Unit): Weight => {
  const { config } = decoded(entries, keys.config(unit.connector)) as { readonly config: Readonly<Record<string, string>> };
  const configured = config['headrace.task.weight'];
  if (configured !== undefined) return { total: Number(configured), measured: 0 };
  const measured = Number(decoded(entries, keys.load(unit))?.['bytesPerSecond'] ?? 0) / MIB;
  return { total: 1 + measured, measured };
};

import type { KeyHistory } from './ledger.ts';
import type { SeenEvent } from './topic-reader.ts';

interface Row {
  readonly version: number;
}

/** What one key's events said, in the order of the topic. */
const sequences = (events: readonly SeenEvent[], mayReread = false): Map<number, (number | 'deleted')[]> => {
  const byKey = new Map<number, (number | 'deleted')[]>();
  for (const { key, value } of events) {
    if (key === null || value === null) continue;
    const id = Number(key['id']);
    const sequence = byKey.get(id) ?? [];
    const version = value['op'] === 'd' ? 'deleted' : (value['after'] as Row).version;
    if (!mayReread || value['op'] !== 'r' || sequence.at(-1) !== version) sequence.push(version);
    byKey.set(id, sequence);
  }
  return byKey;
};

/** True once the topic has told the end of every key's history: time to judge. */
export const isComplete = (histories: ReadonlyMap<number, KeyHistory>, events: readonly SeenEvent[], mayReread = false): boolean => {
  const seen = sequences(events);
  return [...histories].every(([id, { versions, isDeleted }]) => {
    const last = seen.get(id)?.at(-1);
    return isDeleted ? last === 'deleted' || (mayReread && last === undefined) : last === versions;
  });
};

/**
 * Judges exactly-once, in order, complete: per key the versions k, k+1, ... n, each once, then the deletion if there was
 * one. k is 1, or what the snapshot found. Returns a sentence for each key that is not so.
 *
 * `mayReread`: the table was written before its snapshot, which was interrupted. Then a row that was still to be read may have
 * told its changes before it is read, so that reading repeats its last version, or finds it deleted; a row that was deleted
 * before the snapshot is never told.
 */
export const faults = (histories: ReadonlyMap<number, KeyHistory>, events: readonly SeenEvent[], mayReread = false): readonly string[] => {
  const seen = sequences(events, mayReread);
  const problems: string[] = [];
  for (const [id, history] of histories) {
    const problem = faultOf(history, seen.get(id) ?? [], mayReread);
    if (problem !== undefined) problems.push(`key ${String(id)}: ${problem}`);
  }
  for (const id of seen.keys()) {
    if (!histories.has(id)) problems.push(`key ${String(id)}: was never in the source`);
  }
  return problems;
};

const faultOf = (
  { versions, isDeleted }: KeyHistory,
  sequence: readonly (number | 'deleted')[],
  mayReread: boolean,
): string | undefined => {
  const [first] = sequence;
  if (mayReread && isDeleted && (first === undefined || (first === 'deleted' && sequence.length === 1))) return undefined;
  if (first === undefined || first === 'deleted') return 'no version in the topic';
  const expected: (number | 'deleted')[] = Array.from({ length: versions - first + 1 }, (_, index) => first + index);
  if (isDeleted) expected.push('deleted');
  if (JSON.stringify(sequence) === JSON.stringify(expected)) return undefined;
  return `expected ${String(first)}..${String(versions)}${isDeleted ? ', deleted' : ''}, seen ${sequence.join(', ')}`;
};

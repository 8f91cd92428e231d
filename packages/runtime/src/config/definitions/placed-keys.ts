import type { PlacedKey } from '../validation.ts';

/** Definitions by key name, in the order they are listed. */
export type PlacedKeys = Readonly<Record<string, PlacedKey>>;

/** For lists of aliases: transforms, predicates, topic creation groups. */
export const uniqueAliases = (value: unknown): string | undefined => {
  const list = value as readonly string[];
  if (list.includes('')) return 'An alias must be non-empty';
  return new Set(list).size === list.length ? undefined : 'Duplicate alias provided.';
};

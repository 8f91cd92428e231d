import type { ConfigKey } from '@headrace/foundation';

/** An option that may be left out: then it is null. */
export type Optional<T extends 'STRING' | 'PASSWORD'> = ConfigKey<T, null> & { readonly default: null };

/** A text that may be left out. */
export const optionalText = (doc: string): Optional<'STRING'> => ({ type: 'STRING', default: null, importance: 'MEDIUM', doc });

/** One of some words in any case, the first unless told otherwise. */
export const choice = (values: readonly string[], doc: string): ConfigKey<'STRING'> => ({
  type: 'STRING',
  default: values[0],
  importance: 'MEDIUM',
  doc,
  values,
  ignoreCase: true,
});

/** A whole number from `min` on. */
export const count = (fallback: number, min: number, doc: string): ConfigKey<'INT'> => ({
  type: 'INT',
  default: String(fallback),
  importance: 'MEDIUM',
  doc,
  min,
});

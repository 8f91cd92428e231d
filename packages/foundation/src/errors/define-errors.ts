import type { Reaction } from './headrace-error.ts';

/** One row of an area's error table: what it means for an operator, and what cures it. */
export interface ErrorEntry {
  readonly reaction: Reaction;
  /** HTTP status, only for reaction `request` and `config`. */
  readonly status?: number;
  readonly meaning: string;
  readonly hint: string;
}

export type ErrorTable<Area extends string, Causes extends string> = {
  readonly [Cause in Causes]: ErrorEntry & { readonly code: `${Area}.${Cause}` };
};

/** Declares the codes of an area. The table feeds the docs; code refers to `errors.cause.code`, never to a string. */
export const defineErrors = <Area extends string, Causes extends string>(
  area: Area,
  entries: Readonly<Record<Causes, ErrorEntry>>,
): ErrorTable<Area, Causes> => {
  const coded = Object.entries<ErrorEntry>(entries).map(([cause, entry]) => [cause, { ...entry, code: `${area}.${cause}` }]);
  return Object.fromEntries(coded) as ErrorTable<Area, Causes>;
};

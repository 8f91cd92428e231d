import { NULL, UNCHANGED, type TuplePlaces } from '../fused/tuple-places.ts';
import type { PlanColumn } from '../tables/plan-column.ts';
import type { ReselectRules } from './reselect-rules.ts';

/** What is read again of one table version. Columns by their places in the tuples of the log. */
export interface ReselectedColumns {
  readonly ordinals: readonly number[];
  /** Columns that find the row. */
  readonly key: readonly number[];
  readonly rules: ReselectRules;
}

/** undefined: nothing is read again, or nothing finds the rows. `key`: names of the columns that would. */
export const reselectedColumns = (
  rules: ReselectRules,
  path: string,
  columns: readonly PlanColumn[],
  key: readonly string[],
): ReselectedColumns | undefined => {
  const ordinals = columns.flatMap((column, ordinal) =>
    column.index >= 0 && column.constant === undefined && !key.includes(column.name) && rules.isChosen(`${path}:${column.name}`)
      ? [ordinal]
      : [],
  );
  if (ordinals.length === 0 || key.length === 0) return undefined;
  return { ordinals, key: key.map((name) => columns.findIndex((column) => column.name === name)), rules };
};

/** Whether a value at `start` is to be read again; an unchanged one that a whole old row tells is not. */
const isLacking = ({ rules }: ReselectedColumns, start: number | undefined, hasOldRow: boolean): boolean =>
  start === UNCHANGED ? rules.unavailable && !hasOldRow : start === NULL && rules.nulls;

/** Columns whose values in the tuple are to be read again. */
export const lackingIn = (columns: ReselectedColumns, { starts }: TuplePlaces, hasOldRow: boolean): readonly number[] =>
  columns.ordinals.filter((ordinal) => isLacking(columns, starts[ordinal], hasOldRow));

/** Whether there is one. */
export const isAnyLacking = (columns: ReselectedColumns, { starts }: TuplePlaces, hasOldRow: boolean): boolean => {
  for (const ordinal of columns.ordinals) if (isLacking(columns, starts[ordinal], hasOldRow)) return true;
  return false;
};

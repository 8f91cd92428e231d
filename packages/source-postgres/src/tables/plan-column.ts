import type { Decode } from '../types/column-type.ts';

/** How one column of the wire becomes one value of the row. */
export interface PlanColumn {
  readonly name: string;
  /** Position in the row; -1: not captured. */
  readonly index: number;
  readonly decode: Decode;
  readonly isRequired: boolean;
  /** Part of the replica identity: a key tuple holds its value. */
  readonly isIdentity: boolean;
  /** Stands for an unchanged TOAST value that the log does not hold. */
  readonly unavailable: unknown;
  /** Stands for every value, null included (a mask); undefined: values count. */
  readonly constant: unknown;
  /** Stands in an old row for a value the replica identity does not hold. */
  readonly absent: unknown;
}

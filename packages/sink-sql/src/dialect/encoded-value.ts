import type { TargetColumn } from '../table/table.ts';
import { NotColumnar } from './not-columnar.ts';

/** The value as a row has it. What the column refuses is told as that of a row is (`record/row-encoder.ts`), whatever the encoding threw. */
export const encodedValue = ({ encode }: TargetColumn, value: unknown): string | number => {
  try {
    return encode(value);
  } catch (cause) {
    throw new NotColumnar('A value does not fit its column.', { cause });
  }
};

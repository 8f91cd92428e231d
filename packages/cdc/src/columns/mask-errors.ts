import { TaskFailure, type ErrorEntry, type ErrorTable } from '@headrace/foundation';
import type { MaskProblem } from './column-mask.ts';
import type { ColumnName } from './column-rules.ts';

/** Entries of the error table of every source that masks. */
export const maskErrors = {
  key_masked: {
    reaction: 'task-failure',
    meaning: 'A column of a key would have the same value in every row.',
    hint: 'Mask it by column.mask.hash.v2 instead, or name other key columns in message.key.columns.',
  },
  mask_not_text: {
    reaction: 'task-failure',
    meaning: 'A column that is to be masked holds no text: its values would be seen.',
    hint: 'Leave it out with column.exclude.list, or narrow the expression of the mask.',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;

/** Why the column, of that type in schemas, cannot be masked; under the code that the source's table gives. */
export const unmaskable = (
  errors: ErrorTable<string, keyof typeof maskErrors>,
  { path, column }: ColumnName,
  problem: MaskProblem,
  type: string,
): TaskFailure => {
  const where = `Column ${path}.${column}`;
  return problem === 'not-text'
    ? new TaskFailure(errors.mask_not_text.code, `${where} is to be masked and holds ${type}, not text. ${errors.mask_not_text.hint}`)
    : new TaskFailure(errors.key_masked.code, `${where} is part of a key and masked by asterisks. ${errors.key_masked.hint}`);
};

import type { TableId } from '../table/table.ts';

const LONGEST_NAME = 64;

export const quoteName = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

export const quoteTable = (id: TableId): string => `${quoteName(id.schema)}.${quoteName(id.name)}`;

/** Column names are found without regard to case, and names hold only characters of the basic multilingual plane. */
export const nameProblem = (name: string): string | undefined => {
  if (name === '') return 'it is empty';
  if (name.includes('\0')) return 'it contains a NUL character';
  if (name.endsWith(' ')) return 'it ends with a space';
  if (/[\u{10000}-\u{10ffff}]/u.test(name)) return 'it contains a character beyond U+FFFF';
  return name.length > LONGEST_NAME ? `it has ${String(name.length)} characters and MySQL keeps ${String(LONGEST_NAME)}` : undefined;
};

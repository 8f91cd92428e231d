import type { TableId } from '../table/table.ts';

/** Longer names are cut by the server without an error, so that two could become one. */
const LONGEST_NAME_BYTES = 63;

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const quoteTable = (id: TableId): string => `${quoteName(id.schema)}.${quoteName(id.name)}`;

export const nameProblem = (name: string): string | undefined => {
  if (name === '') return 'it is empty';
  if (name.includes('\0')) return 'it contains a NUL character';
  const bytes = Buffer.byteLength(name);
  return bytes > LONGEST_NAME_BYTES ? `it has ${String(bytes)} bytes and PostgreSQL keeps ${String(LONGEST_NAME_BYTES)}` : undefined;
};

import { rawNumber } from '@headrace/connector-api';
import { writeFileSync } from 'node:fs';

/** Prints objects as lines of JSON. */
export type PrintLines = (lines: readonly object[]) => void;

const STANDARD_OUTPUT = 1;

/** At once, from whatever thread: a line that was printed is there although the process is killed right after. */
export const printLines: PrintLines = (lines) => {
  if (lines.length > 0) writeFileSync(STANDARD_OUTPUT, lines.map((line) => `${JSON.stringify(line, exact)}\n`).join(''));
};

const exact = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? rawNumber(String(value)) : value);

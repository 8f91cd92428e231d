import { readFileSync } from 'node:fs';
import { parseExact } from '@headrace/connector-api';
import type { Envelope } from './golden.ts';

/** One value through one converter, and what the original made of it. */
export interface ConverterCase {
  readonly name: string;
  readonly class: string;
  readonly config: Readonly<Record<string, string>>;
  readonly encode?: Envelope | null;
  /** Base64. */
  readonly decode?: string | null;
  /** Base64 of what was encoded, or the envelope of what was decoded. */
  readonly expected?: string | null;
  readonly error?: string;
  readonly refused?: string;
}

export const readConverterCases = (): readonly ConverterCase[] =>
  readFileSync(new URL('golden/converters.jsonl', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parseExact(line) as ConverterCase);

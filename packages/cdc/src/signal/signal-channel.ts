import { readFile, truncate } from 'node:fs/promises';
import { systemCode } from '@headrace/foundation';

/** A signal as a channel brings it, not yet read. */
export interface RawSignal {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
}

/** One JSON object `{"id", "type", "data"}` per line; lines that are none come back under `broken`. */
export const signalsOfText = (
  text: string,
  newId: () => string,
): { readonly signals: readonly RawSignal[]; readonly broken: readonly string[] } => {
  const signals: RawSignal[] = [];
  const broken: string[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const signal = signalOf(line, newId);
    if (signal === undefined) broken.push(line);
    else signals.push(signal);
  }
  return { signals, broken };
};

/** undefined for a text that is no signal. An id may be missing. */
export const signalOf = (text: string, newId: () => string): RawSignal | undefined => {
  try {
    const { id, type, data } = JSON.parse(text) as { id?: unknown; type?: unknown; data?: unknown };
    return typeof type === 'string' ? { id: typeof id === 'string' ? id : newId(), type, data } : undefined;
  } catch {
    return undefined;
  }
};

/** What stands in the file, which is then emptied. A file that is not there holds nothing. */
export const takeSignalFile = async (path: string): Promise<string> => {
  try {
    const text = await readFile(path, 'utf8');
    if (text !== '') await truncate(path);
    return text;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw error;
  }
};

import { usageError } from './cli-error.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

/** `500ms`, `30s`, `5m`; a bare number is seconds. In milliseconds. */
export const parseDuration = (text: string): number => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text);
  if (match === null) throw usageError(`"${text}" is not a duration such as 500ms, 30s or 5m.`);
  return Number(match[1]) * (UNITS[match[2] ?? 's'] ?? 1_000);
};

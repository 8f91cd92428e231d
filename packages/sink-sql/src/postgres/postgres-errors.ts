import { systemCode } from '@headrace/foundation';
import type { Diagnosis, Finding } from '../dialect/dialect.ts';

/** What the driver copies from the server's error message. */
interface ServerError {
  readonly severity?: string;
  readonly column?: string;
  readonly constraint?: string;
  readonly message?: string;
}

const exact: Readonly<Record<string, Diagnosis>> = {
  '28000': 'access-denied',
  '28P01': 'access-denied',
  '3D000': 'no-database',
  '42501': 'privilege',
  '42P01': 'missing',
  '42703': 'missing',
  '3F000': 'missing',
  '42P07': 'exists',
  '42701': 'exists',
  // Idle transaction or session ended by the server, read-only after a fail-over, server going down.
  '25P03': 'connection',
  '57P05': 'connection',
  '25006': 'connection',
  '57014': 'conflict',
  '55P03': 'conflict',
  '21000': 'row',
  // A row whose index entry is too large.
  '54000': 'row',
};

/** By SQLSTATE class: 08 connection, 57 operator intervention, 53 resources, 40 rollback, 22 data, 23 integrity. */
const byClass: Readonly<Record<string, Diagnosis>> = {
  '08': 'connection',
  '57': 'connection',
  '53': 'connection',
  '40': 'conflict',
  '22': 'row',
  '23': 'row',
};

const conditions: Readonly<Record<string, string>> = {
  '22001': 'a text is too long for its column',
  '22003': 'a number is out of range',
  '22007': 'a date or time is not valid',
  '22008': 'a date or time is out of range',
  '22021': 'a text contains a character that the database encoding lacks (NUL, for example)',
  '22P02': 'a text is not valid for the type of its column',
  '22P05': 'a text contains a character that the database encoding lacks',
  '23502': 'a column that must not be null has no value',
  '23503': 'a foreign key is violated',
  '23505': 'another row holds the same unique value',
  '23514': 'a check constraint is violated',
  '23P01': 'an exclusion constraint is violated',
};

const describe = (code: string, error: ServerError, diagnosis: Diagnosis): string => {
  // Data errors quote the value in their message, so only the condition and names are taken from those.
  const condition = conditions[code] ?? (diagnosis === 'row' ? 'the value is not accepted' : (error.message ?? 'unknown error'));
  const column = error.column === undefined ? '' : `, column "${error.column}"`;
  const constraint = error.constraint === undefined ? '' : `, constraint "${error.constraint}"`;
  return `${condition}${column}${constraint} (SQLSTATE ${code})`;
};

export const diagnosePostgres = (error: unknown): Finding => {
  const server = error as ServerError;
  const code = systemCode(error) ?? '';
  if (typeof server.severity !== 'string') return { diagnosis: 'connection', reason: server.message ?? 'the connection broke' };
  const diagnosis = exact[code] ?? byClass[code.slice(0, 2)] ?? 'other';
  return { diagnosis, reason: describe(code, server, diagnosis) };
};

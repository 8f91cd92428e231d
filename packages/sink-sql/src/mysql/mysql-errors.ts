import type { Diagnosis, Finding } from '../dialect/dialect.ts';

/** What mysql2 puts on an error that the server sent. */
interface ServerError {
  readonly errno?: number;
  readonly sqlState?: string;
  readonly fatal?: boolean;
  readonly message?: string;
}

const codesOf: Readonly<Record<Exclude<Diagnosis, 'other'>, readonly number[]>> = {
  'access-denied': [1045, 1698, 1862],
  'no-database': [1049],
  privilege: [1044, 1142, 1143, 1227, 1370, 1410],
  missing: [1146, 1054, 1051],
  // 1091: another task dropped it in the same moment.
  exists: [1050, 1060, 1091],
  // 1412 and 1684: somebody else changes the definition of the table in this moment.
  conflict: [1213, 1205, 1020, 1317, 1412, 1613, 1684, 3572],
  // Shutting down, killed, too many connections, cluster node not ready, read-only after a fail-over.
  connection: [1053, 1927, 1152, 1158, 1159, 1160, 1161, 1040, 1203, 1047, 1290, 1792, 1836, 4031],
  row: [1048, 1062, 1118, 1153, 1242, 1264, 1265, 1292, 1364, 1366, 1367, 1406, 1411, 1416, 1451, 1452, 1525, 1690, 3140, 3819, 4025],
};

const byCode = new Map<number, Diagnosis>(
  Object.entries(codesOf).flatMap(([diagnosis, codes]) => codes.map((code) => [code, diagnosis as Diagnosis] as const)),
);

const conditions: Readonly<Record<number, string>> = {
  1048: 'a column that must not be null has no value',
  1062: 'another row holds the same unique value',
  // Raised by our own guard (mysql-rows.ts).
  1242: 'another row holds the same unique value',
  1264: 'a number is out of range',
  1265: 'a value does not fit its column',
  1292: 'a date or time is not valid or out of range',
  1364: 'a column without a default has no value',
  1366: 'a text is not valid for its column',
  1406: 'a value is too long for its column',
  1451: 'a foreign key is violated',
  1452: 'a foreign key is violated',
  3140: 'a text is not valid JSON',
  3819: 'a check constraint is violated',
  4025: 'a check constraint is violated',
};

/** Names only: messages about rows quote their values. */
const namesIn = (message: string): string => {
  const column = /(?:for column |Column |Field )(?:`[^`]*`\.`[^`]*`\.)?[`']([^`']+)[`']/.exec(message)?.[1];
  const key = /for key '([^']+)'|CONSTRAINT `([^`]+)`/.exec(message);
  const constraint = key?.[1] ?? key?.[2];
  return (column === undefined ? '' : `, column "${column}"`) + (constraint === undefined ? '' : `, constraint "${constraint}"`);
};

export const diagnoseMysql = (error: unknown): Finding => {
  const { errno, sqlState, fatal, message = 'the connection broke' } = error as ServerError;
  const known = errno === undefined ? undefined : byCode.get(errno);
  if (known === undefined && (sqlState === undefined || fatal === true)) return { diagnosis: 'connection', reason: message };
  const isData = sqlState !== undefined && /^2[23]/.test(sqlState);
  const diagnosis = known ?? (isData ? 'row' : 'other');
  if (diagnosis !== 'row') return { diagnosis, reason: message };
  return { diagnosis, reason: `${conditions[errno ?? 0] ?? 'the value is not accepted'}${namesIn(message)} (error ${String(errno)})` };
};

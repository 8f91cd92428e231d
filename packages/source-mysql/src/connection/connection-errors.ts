import { isHeadraceError, RetriableError, systemCode, TaskFailure, toError, type HeadraceError } from '@headrace/foundation';
import { errors } from '../errors.ts';

/** An ERR packet: the server's own number and words. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  readonly errno: number;

  constructor(errno: number, message: string) {
    super(message);
    this.errno = errno;
  }
}

/** ERR packet: 0xff, number (2 bytes), `#` and 5 bytes of SQL state, message. */
export const serverErrorOf = (packet: Buffer): ServerError => {
  const start = packet[3] === 0x23 ? 9 : 3;
  return new ServerError(packet.readUInt16LE(1), packet.toString('utf8', start));
};

export const connectionLost = (where: string, cause?: unknown): RetriableError =>
  new RetriableError(errors.unreachable.code, `The connection to ${where} was lost; it will be opened again.`, { cause });

/** Numbers of the server's errors that mean more than "this statement failed". */
const errno = {
  hostDenied: 1130,
  hostBlocked: 1129,
  dbDenied: 1044,
  accessDenied: 1045,
  noPassword: 1698,
  tooManyConnections: 1040,
  shutdown: 1053,
  killed: 1927,
  queryInterrupted: 1317,
  tableDenied: 1142,
  columnDenied: 1143,
  specificDenied: 1227,
  lockTimeout: 1205,
  deadlock: 1213,
  /** A table was altered after the transaction's snapshot. */
  tableChanged: 1412,
} as const;

const denied = new Set<number>([errno.hostDenied, errno.hostBlocked, errno.accessDenied, errno.noPassword]);
const lacking = new Set<number>([errno.dbDenied, errno.tableDenied, errno.columnDenied, errno.specificDenied]);
const passing = new Set<number>([
  errno.tooManyConnections,
  errno.shutdown,
  errno.killed,
  errno.queryInterrupted,
  errno.deadlock,
  errno.tableChanged,
]);

const numberOf = (error: unknown): number | undefined => {
  const value = (error as { errno?: unknown } | null | undefined)?.errno;
  return typeof value === 'number' ? value : undefined;
};

/** Whatever the driver or the server threw while `doing`, as one of our errors. */
export const asSourceError = (error: unknown, doing: string, where: string): HeadraceError => {
  if (isHeadraceError(error)) return error;
  const cause = toError(error);
  const number = numberOf(error) ?? 0;
  const reason = cause.message;
  const failure = (code: string, message: string): TaskFailure => new TaskFailure(code, message, { cause });
  if (denied.has(number)) {
    const message = `The server at ${where} refused the user: ${reason}. Correct database.user and database.password.`;
    return failure(errors.access_denied.code, message);
  }
  if (lacking.has(number)) {
    const message = `The user lacks a privilege for ${doing} at ${where}: ${reason}. ${errors.privilege_missing.hint}`;
    return failure(errors.privilege_missing.code, message);
  }
  if (isTlsProblem(error)) {
    const message = `No TLS connection as demanded could be made to ${where}: ${reason}. Check database.ssl.mode and the server's certificate.`;
    return failure(errors.tls.code, message);
  }
  if (number === errno.lockTimeout) {
    return new RetriableError(errors.snapshot_locked.code, `A lock was not given in time for ${doing}: ${reason}.`, { cause });
  }
  if (isServerRefusal(error, number)) return failure(errors.query_failed.code, `The server at ${where} refused ${doing}: ${reason}`);
  return new RetriableError(errors.unreachable.code, `The server at ${where} could not be used for ${doing}: ${reason}.`, { cause });
};

/** The server's own errors are numbered from 1000; those of a connection that is ending would not come again. */
const isServerRefusal = (error: unknown, number: number): boolean =>
  number >= 1_000 && number < 5_000 && !passing.has(number) && (error as { fatal?: unknown }).fatal !== true;

const isTlsProblem = (error: unknown): boolean => {
  const code = systemCode(error) ?? '';
  return code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL') || code === 'HANDSHAKE_NO_SSL_SUPPORT' || certificateCodes.has(code);
};

const certificateCodes: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'HANDSHAKE_SSL_ERROR',
]);

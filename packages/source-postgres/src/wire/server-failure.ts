import { FencedError, RetriableError, systemCode, TaskFailure, toError } from '@headrace/foundation';
import { errors } from '../errors.ts';

/** What an ErrorResponse says. */
interface ServerError {
  /** SQLSTATE. */
  readonly code: string;
  readonly message: string;
}

/** The fields of an ErrorResponse: a type byte and a zero-terminated text each. */
const parseError = (buffer: Buffer, start: number): ServerError => {
  let code = '';
  let message = '';
  let position = start;
  while (position < buffer.length && buffer[position] !== 0) {
    const end = buffer.indexOf(0, position + 1);
    const text = buffer.toString('utf8', position + 1, end);
    if (buffer[position] === 67) code = text;
    if (buffer[position] === 77) message = text;
    position = end + 1;
  }
  return { code, message };
};

/** Classes of SQLSTATE that mean: this session ended, the server or a later session may be fine. */
const isConnectionState = (code: string): boolean => code.startsWith('08') || code.startsWith('57P') || code === '53300';

/** Errors of Node.js and of `pg` itself that mean the same. */
const isBrokenSocket = (error: Error): boolean => {
  const code = systemCode(error);
  if (code !== undefined) return /^E(CONN|PIPE|TIMEDOUT|HOST|NET|AI_AGAIN|NOTFOUND)/.test(code);
  return /Connection terminated|timeout expired|Client has encountered a connection error|Client was closed/.test(error.message);
};

const failureOf = (code: string, message: string, cause: unknown): Error => {
  if (isConnectionState(code)) {
    return new RetriableError(errors.connection_lost.code, `PostgreSQL ended the session: ${message}.`, {
      cause,
      fields: { sqlstate: code },
    });
  }
  if (code === '42501') {
    return new TaskFailure(errors.privilege_missing.code, `PostgreSQL refused a command: ${message}. ${errors.privilege_missing.hint}`, {
      cause,
    });
  }
  if (code === '53400') {
    return new TaskFailure(errors.slot_limit.code, `PostgreSQL refused a command: ${message}. ${errors.slot_limit.hint}`, { cause });
  }
  return new TaskFailure(errors.server_error.code, `PostgreSQL refused a command: ${message} (SQLSTATE ${code}).`, { cause });
};

/** An ErrorResponse on the wire as one of our errors. */
export const serverFailure = (buffer: Buffer, start: number): Error => {
  const { code, message } = parseError(buffer, start);
  return failureOf(code, message, undefined);
};

/** What `pg` throws from a query as one of our errors; our own errors pass. */
export const queryFailure = (thrown: unknown): Error => {
  const error = toError(thrown);
  if ('isHeadraceError' in error) return error;
  if (isBrokenSocket(error)) {
    return new RetriableError(errors.connection_lost.code, `The connection to PostgreSQL broke: ${error.message}.`, { cause: error });
  }
  const code = systemCode(error);
  return code === undefined ? error : failureOf(code, error.message, error);
};

export const ownershipLost = (connector: string): FencedError =>
  new FencedError(errors.ownership_lost.code, `Connector ${connector} is owned by another worker now.`);

import { RetriableError, systemCode, TaskFailure, type HeadraceError } from '@headrace/foundation';
import type { Dialect, Finding } from './dialect/dialect.ts';
import { errors } from './errors.ts';

/** The reaction to a failed statement or connection. `doing` completes "… while <doing>". */
export const failureOf = (dialect: Dialect, error: unknown, doing: string): HeadraceError => {
  const finding = dialect.diagnose(error);
  const details = { cause: error, fields: { ...codeOf(error) } };
  const { reason } = finding;
  switch (finding.diagnosis) {
    case 'connection':
      return new RetriableError(errors.connection_lost.code, `The connection to the target was lost while ${doing}: ${reason}.`, details);
    case 'conflict':
      return new RetriableError(errors.conflict.code, `The target refused to go on while ${doing}: ${reason}.`, details);
    case 'missing':
      return new RetriableError(errors.target_changed.code, `The target changed while ${doing}: ${reason}.`, details);
    case 'privilege':
      return new TaskFailure(
        errors.missing_privilege.code,
        `The user lacks a privilege for ${doing}: ${reason}. Grant it to the user of connection.username.`,
        details,
      );
    case 'access-denied':
    case 'no-database':
      return accessFailure(finding, error);
    case 'row':
    case 'exists':
    case 'other':
      return new TaskFailure(errors.statement_failed.code, `The target failed while ${doing}: ${reason}.`, details);
  }
};

const codeOf = (error: unknown): Record<string, string> => {
  const code = systemCode(error);
  return code === undefined ? {} : { code };
};

export const accessFailure = (finding: Finding, cause: unknown): TaskFailure =>
  finding.diagnosis === 'no-database'
    ? new TaskFailure(
        errors.no_database.code,
        `The database of connection.url does not exist: ${finding.reason}. Create it or correct connection.url.`,
        { cause },
      )
    : new TaskFailure(
        errors.access_denied.code,
        `The target refused the login: ${finding.reason}. Correct connection.username and connection.password.`,
        { cause },
      );

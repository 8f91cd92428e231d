import { ConfigError, type ConfigProblem } from '@headrace/foundation';
import { configErrors } from './config-errors.ts';
import type { ValidationResult } from './validation.ts';

/** Every message of a validation, by key, in the order of its entries. */
export const problemsOf = (result: ValidationResult): readonly ConfigProblem[] =>
  result.keys.flatMap((key) =>
    key.errors.map((message) => ({ key: key.name, ...(key.value === null ? {} : { value: key.value }), message })),
  );

/** Throws ConfigError `config.invalid` with every problem, unless there is none. */
export const requireValid = (result: ValidationResult): void => {
  const problems = problemsOf(result);
  if (problems.length > 0) throw new ConfigError(configErrors.invalid.code, problems);
};

/**
 * What a refused POST, PUT or PATCH answers: the number of errors, one line each, and where to learn more. The first line
 * and the path in the last one (braces included) are Kafka Connect's: clients show them as they are.
 */
export const invalidConfigMessage = (problems: readonly ConfigProblem[]): string =>
  [
    `Connector configuration is invalid and contains the following ${String(problems.length)} error(s):`,
    ...problems.map((problem) => problem.message),
    'All of them, with the options and their documentation, are also at the endpoint `/connector-plugins/{connectorType}/config/validate`',
  ].join('\n');

import type { ConfigProblem } from '@headrace/foundation';

/** The same problem for settings that were given with a prefix: `producer.`. */
export const prefixedProblem = (prefix: string, problem: ConfigProblem): ConfigProblem => ({
  ...problem,
  key: `${prefix}${problem.key}`,
  message: problem.message.replaceAll(problem.key, `${prefix}${problem.key}`),
});

/** What the shell sees. Documented in `headrace --help`. */
export const exitCodes = {
  done: 0,
  /** The cluster refused, or there is no such thing, or the configuration is wrong. */
  failed: 1,
  /** The command line or the input file makes no sense. */
  usage: 2,
  /** No worker answers. */
  unreachable: 3,
  /** `--wait` ran out of time. */
  timedOut: 4,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

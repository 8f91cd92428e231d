export const exitCodes = { failed: 1, usage: 2, missingTool: 3, packageGone: 4 } as const;

export type FailureKind = keyof typeof exitCodes;

/** A failure the user can act on: printed as one sentence, without a stack trace. */
export class StackError extends Error {
  readonly kind: FailureKind;
  /** Services that cannot be had on this machine, as opposed to those that failed. */
  readonly unavailable: readonly string[];

  constructor(kind: FailureKind, message: string, options: ErrorOptions & { unavailable?: readonly string[] } = {}) {
    super(message, options);
    this.name = 'StackError';
    this.kind = kind;
    this.unavailable = options.unavailable ?? [];
  }
}

export function messageOf(failure: unknown): string {
  return typeof failure === 'object' && failure !== null && 'message' in failure ? String(failure.message) : String(failure);
}

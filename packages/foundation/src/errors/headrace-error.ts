/**
 * One class per reaction of the runtime, one code per cause. A caller decides by class (`isRetriable(e)`), a person by
 * code and message. Recognition is by brand, never by `instanceof Error`: errors cross module realms (worker threads, jest).
 */

/** What the runtime does about an error. See the table in `docs/architecture.md`. */
export type Reaction = 'retry' | 'record' | 'task-failure' | 'config' | 'request' | 'fenced' | 'bug';

export interface ErrorDetails {
  readonly cause?: unknown;
  /** Machine-readable context: names and numbers, never row data and never secrets. */
  readonly fields?: Readonly<Record<string, string | number | boolean>>;
}

export abstract class HeadraceError extends Error {
  /** The brand: recognises our errors across realms. */
  readonly isHeadraceError = true;
  abstract readonly reaction: Reaction;
  /** Stable `area.cause`, listed in the area's `errors.ts`. */
  readonly code: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.fields = details.fields ?? {};
  }
}

/** Repeat the same call with backoff, bounded by the caller's policy. */
export class RetriableError extends HeadraceError {
  readonly reaction = 'retry';
}

/** This record only: `errors.tolerance` decides between skip, dead letter and failure. */
export class RecordError extends HeadraceError {
  readonly reaction = 'record';
}

/** The task becomes FAILED and stays so until it is restarted or reconfigured. */
export class TaskFailure extends HeadraceError {
  readonly reaction = 'task-failure';
}

/** Ownership was lost: stop quietly, write neither status nor positions. */
export class FencedError extends HeadraceError {
  readonly reaction = 'fenced';
}

/** A bug of ours: the task fails and the log names the invariant. */
export class InvariantError extends HeadraceError {
  readonly reaction = 'bug';
}

/** The REST caller gets `status` and the message. */
export class RequestError extends HeadraceError {
  readonly reaction = 'request';
  readonly status: number;

  constructor(code: string, status: number, message: string, details?: ErrorDetails) {
    super(code, message, details);
    this.status = status;
  }
}

/** One wrong key of a configuration. `value` is left out for secrets. */
export interface ConfigProblem {
  readonly key: string;
  readonly value?: string;
  readonly message: string;
}

/** A configuration that cannot be used; names every problem at once. */
export class ConfigError extends HeadraceError {
  readonly reaction = 'config';
  readonly problems: readonly ConfigProblem[];

  constructor(code: string, problems: readonly ConfigProblem[], details?: ErrorDetails) {
    super(code, problems.map((problem) => problem.message).join('\n'), details);
    this.problems = problems;
  }
}

export const isHeadraceError = (value: unknown): value is HeadraceError =>
  typeof value === 'object' && value !== null && (value as { isHeadraceError?: unknown }).isHeadraceError === true;

/** True for an error of ours with that reaction, wherever its class was loaded. */
export const hasReaction = (value: unknown, reaction: Reaction): value is HeadraceError =>
  isHeadraceError(value) && value.reaction === reaction;

export const hasCode = (value: unknown, code: string): value is HeadraceError => isHeadraceError(value) && value.code === code;

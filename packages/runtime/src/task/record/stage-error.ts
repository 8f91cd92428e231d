import { hasReaction, isAbort, isHeadraceError, toError } from '@headrace/foundation';

/** Where in a record's way something went wrong, in Kafka Connect's names. */
export type Stage = 'TRANSFORMATION' | 'KEY_CONVERTER' | 'VALUE_CONVERTER' | 'HEADER_CONVERTER' | 'TASK_PUT';

/** An error of one record, with the stage and the class that met it. Internal: the error policy unwraps it. */
export class StageError extends Error {
  readonly stage: Stage;
  readonly className: string;
  override readonly cause: Error;

  constructor(stage: Stage, className: string, cause: unknown) {
    super(toError(cause).message, { cause });
    this.stage = stage;
    this.className = className;
    this.cause = toError(cause);
  }
}

/**
 * Whether an error concerns this record alone, so that skipping the record is a way on. Errors of ours say so themselves; an
 * error of unknown make counts as one of the record, as in Kafka Connect. What may pass by itself is never a reason to skip, and
 * neither is a stop that came while the record waited for something.
 */
export const isOfRecord = (error: unknown): boolean => hasReaction(error, 'record') || !(isHeadraceError(error) || isAbort(error));

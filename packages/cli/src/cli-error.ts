import { exitCodes, type ExitCode } from './exit-codes.ts';

/** Ends the command with one sentence on the error output. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

export const usageError = (message: string, cause?: unknown): CliError => new CliError(exitCodes.usage, message, cause);

export const failure = (message: string): CliError => new CliError(exitCodes.failed, message);

import type { ParseArgsOptionsConfig } from 'node:util';
import { toError } from '@headrace/foundation';
import { failure, usageError } from './cli-error.ts';
import { parseExact } from './exact-json.ts';
import type { ExitCode } from './exit-codes.ts';
import type { RestClient } from './rest-client.ts';

/** What a command works with. */
export interface CommandContext {
  readonly client: RestClient;
  /** Arguments that are no options. */
  readonly args: readonly string[];
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  readonly isJson: boolean;
  readonly print: (line: string) => void;
  /** Text of a file, `-` being the standard input. */
  readonly read: (path: string) => Promise<string>;
}

export interface Command {
  /** Words that call it: `connectors list`. */
  readonly name: string;
  /** What follows them, for the help: `NAME...`. */
  readonly usage: string;
  readonly summary: string;
  readonly options?: ParseArgsOptionsConfig;
  /** How many arguments it takes. */
  readonly arity: readonly [min: number, max: number];
  run(context: CommandContext): Promise<ExitCode>;
}

/** Path below `/connectors` of a connector. */
export const connectorPath = (name: string, rest = ''): string => `/connectors/${encodeURIComponent(name)}${rest}`;

export const printJson = ({ print }: CommandContext, value: unknown): void => {
  print(JSON.stringify(value, null, 2));
};

export const textFlag = ({ flags }: CommandContext, name: string): string | undefined => {
  const value = flags[name];
  return typeof value === 'string' ? value : undefined;
};

/** JSON of an input file. */
export const readJson = async (context: CommandContext, path: string): Promise<unknown> => {
  const place = path === '-' ? 'The standard input' : `File ${path}`;
  let text: string;
  try {
    text = await context.read(path);
  } catch (error) {
    throw usageError(`${place} cannot be read.`, error);
  }
  try {
    return parseExact(text);
  } catch (error) {
    throw usageError(`${place} is not valid JSON.`, error);
  }
};

/** Does something to each of several connectors; one that fails does not keep the others from their turn. */
export const forEach = async <T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> => {
  const errors: unknown[] = [];
  for (const item of items) {
    try {
      await act(item);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw failure(errors.map((error) => toError(error).message).join('\n'));
};

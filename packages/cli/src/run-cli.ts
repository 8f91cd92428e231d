import { parseArgs } from 'node:util';
import { toError } from '@headrace/foundation';
import { CliError, usageError } from './cli-error.ts';
import type { Command, CommandContext } from './command.ts';
import { clusterCommands } from './commands/cluster.ts';
import { connectorCommands } from './commands/connectors.ts';
import { lifecycleCommands } from './commands/lifecycle.ts';
import { messageCommands } from './commands/messages.ts';
import { offsetsCommand } from './commands/offsets.ts';
import { pluginsCommand } from './commands/plugins.ts';
import { statusCommand } from './commands/status.ts';
import { validateCommand } from './commands/validate.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { helpText } from './help-text.ts';
import { createRestClient } from './rest-client.ts';

/** What the command touches outside the cluster. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: (line: string) => void;
  readonly complain: (line: string) => void;
  /** Text of a file, `-` being the standard input. */
  readonly read: (path: string) => Promise<string>;
}

const DEFAULT_URL = 'http://127.0.0.1:8083';

const commands: readonly Command[] = [
  ...connectorCommands,
  ...lifecycleCommands,
  statusCommand,
  offsetsCommand,
  ...messageCommands,
  validateCommand,
  pluginsCommand,
  ...clusterCommands,
];

const commonOptions = {
  url: { type: 'string', short: 'u' },
  json: { type: 'boolean', short: 'j' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Runs one command line and resolves with the exit code; nothing is thrown. */
export const runCli = async (argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> => {
  try {
    return await dispatch(argv, surroundings);
  } catch (error) {
    surroundings.complain(`headrace: ${toError(error).message}`);
    return error instanceof CliError ? error.exitCode : exitCodes.failed;
  }
};

const dispatch = async (argv: readonly string[], { env, print, read }: Surroundings): Promise<ExitCode> => {
  const command = findCommand(argv);
  if (command === undefined) return unknownCommand(argv, print);
  const { values, positionals } = parseOptions(command, argv);
  if (values['help'] === true) {
    print(helpText([command], commands));
    return exitCodes.done;
  }
  const args = positionals.slice(command.name.split(' ').length);
  const [min, max] = command.arity;
  if (args.length < min || args.length > max) throw usageError(`Usage: headrace ${`${command.name} ${command.usage}`.trim()}`);
  const url = typeof values['url'] === 'string' ? values['url'] : (env['HEADRACE_URL'] ?? DEFAULT_URL);
  return await command.run({ client: createRestClient(url), args, flags: values, isJson: values['json'] === true, print, read });
};

/** Options may stand before, between or after the words of the command. */
const findCommand = (argv: readonly string[]): Command | undefined => {
  const words = looseWords(argv);
  return commands.find((command) => command.name.split(' ').every((word, index) => words[index] === word));
};

const allOptions = Object.assign({}, commonOptions, ...commands.map((command) => command.options ?? {})) as typeof commonOptions;

const looseWords = (argv: readonly string[]): readonly string[] =>
  parseArgs({ args: [...argv], options: allOptions, allowPositionals: true, strict: false }).positionals;

/** Help where it was asked for, or where the words are only the beginning of commands. */
const unknownCommand = (argv: readonly string[], print: (line: string) => void): ExitCode => {
  const words = looseWords(argv);
  const isAsked = argv.includes('--help') || argv.includes('-h') || words[0] === 'help';
  const group = commands.filter((command) => command.name.startsWith(`${words.at(-1) ?? ''} `));
  if (!isAsked && words.length > 0 && (group.length === 0 || words.length > 1)) {
    throw usageError(`There is no command "${words.join(' ')}". See headrace --help.`);
  }
  print(helpText(group.length > 0 ? group : commands, commands));
  return isAsked ? exitCodes.done : exitCodes.usage;
};

type Flags = CommandContext['flags'];

const parseOptions = (command: Command, argv: readonly string[]): { readonly values: Flags; readonly positionals: readonly string[] } => {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { ...commonOptions, ...command.options },
      allowPositionals: true,
    });
    // No option is declared as repeatable.
    return { values: values, positionals };
  } catch (error) {
    throw usageError(`${toError(error).message} Usage: headrace ${`${command.name} ${command.usage}`.trim()}`, error);
  }
};

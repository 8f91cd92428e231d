import { StackError } from './errors.ts';

export interface UpRequest {
  readonly only: readonly string[] | undefined;
  readonly extras: readonly string[];
  readonly brokerCount: number | undefined;
}

export type Request =
  | ({ readonly command: 'up' } & UpRequest)
  | { readonly command: 'down'; readonly isPurge: boolean }
  | { readonly command: 'status' | 'env'; readonly isJson: boolean }
  | { readonly command: 'start'; readonly service: string }
  | { readonly command: 'stop'; readonly service: string; readonly signal: NodeJS.Signals | undefined }
  | { readonly command: 'check-compose' | 'write-compose' | 'help' };

const signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGKILL', 'SIGQUIT', 'SIGHUP'];

export const usage = `Usage: ./scripts/stack COMMAND

  up [--only NAME,...] [--with mysql] [--brokers 1|3]   start what does not run, wait until all of it answers
  down [--purge]                                        stop everything; --purge also removes the data
  status [--json]                                       name, state, process id, port, version, memory
  env [--json]                                          shell exports with the addresses: eval "$(./scripts/stack env)"
  stop SERVICE [--signal KILL|TERM|INT|QUIT]            stop one server and leave the others alone
  start SERVICE                                         start it again
  write-compose, check-compose                          generate deploy/compose.yaml, or verify that it is up to date

Services: etcd, kafka (kafka-1, kafka-2, kafka-3 with --brokers 3), registry, postgres, mariadb, mysql.
Environment: PORT_BASE moves all ports (default 27000); HEADRACE_CACHE holds downloads (default ~/.cache/headrace);
STACK_RUNTIME=native|containers chooses; unset, containers are used where a container engine runs.
State, logs and data are in .stack/$PORT_BASE. Exit codes: 1 a server failed, 2 usage, 3 a tool is missing,
4 a package is not to be had.`;

interface Options {
  readonly positional: readonly string[];
  readonly values: ReadonlyMap<string, string>;
}

const valueOptions = new Set(['--only', '--with', '--brokers', '--signal']);
const flagOptions = new Set(['--json', '--purge']);

function splitOptions(words: readonly string[]): Options {
  const positional: string[] = [];
  const values = new Map<string, string>();
  const rest = words.flatMap((word) =>
    /^--\w+=/.test(word) ? [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] : [word],
  );
  while (rest.length > 0) {
    const word = rest.shift() ?? '';
    if (flagOptions.has(word)) values.set(word, 'true');
    else if (valueOptions.has(word)) values.set(word, rest.shift() ?? refuse(`${word} needs a value.`));
    else if (word.startsWith('-')) refuse(`Unknown option "${word}".`);
    else positional.push(word);
  }
  return { positional, values };
}

function refuse(message: string): never {
  throw new StackError('usage', `${message}\n\n${usage}`);
}

export function parseArguments(words: readonly string[]): Request {
  const [command = 'help', ...rest] = words;
  if (command === 'help' || command === '--help' || command === '-h') return { command: 'help' };
  return parsers[command]?.(splitOptions(rest)) ?? refuse(`Unknown command "${command}".`);
}

const parsers: Readonly<Record<string, (options: Options) => Request>> = {
  up: ({ values }) => ({
    command: 'up',
    only: list(values.get('--only')),
    extras: list(values.get('--with')) ?? [],
    brokerCount: brokers(values.get('--brokers')),
  }),
  down: ({ values }) => ({ command: 'down', isPurge: values.has('--purge') }),
  status: ({ values }) => ({ command: 'status', isJson: values.has('--json') }),
  start: (options) => ({ command: 'start', service: oneService(options) }),
  stop: (options) => ({ command: 'stop', service: oneService(options), signal: signalName(options.values.get('--signal')) }),
  env: ({ values }) => ({ command: 'env', isJson: values.has('--json') }),
  'check-compose': () => ({ command: 'check-compose' }),
  'write-compose': () => ({ command: 'write-compose' }),
};

function oneService({ positional }: Options): string {
  const [name, ...others] = positional;
  return name === undefined || others.length > 0 ? refuse('start and stop take the name of one service.') : name;
}

function list(value: string | undefined): readonly string[] | undefined {
  return value
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function brokers(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  return value === '1' || value === '3' ? Number(value) : refuse(`--brokers takes 1 or 3, not "${value}".`);
}

function signalName(value: string | undefined): NodeJS.Signals | undefined {
  if (value === undefined) return undefined;
  const wanted = value.toUpperCase().replace(/^(SIG)?/, 'SIG');
  return signals.find((name) => name === wanted) ?? refuse(`--signal takes KILL, TERM, INT, QUIT or HUP, not "${value}".`);
}

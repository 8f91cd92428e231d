import type { Command } from './command.ts';

/** Help for some of the commands; for all of them with what they share. */
export const helpText = (shown: readonly Command[], all: readonly Command[]): string => {
  const lines = shown.map((command) => [`  headrace ${`${command.name} ${command.usage}`.trim()}`, command.summary] as const);
  const width = Math.max(...lines.map(([call]) => call.length));
  const listed = lines.map(([call, summary]) => `${call.padEnd(width)}  ${summary}`).join('\n');
  return shown.length === all.length
    ? `headrace: connectors of a Headrace cluster, over REST\n\n${listed}\n\n${SHARED}`
    : `${listed}\n\n${SHARED}`;
};

const SHARED = `Options
  -u, --url URL[,URL...]  Workers, tried in turn; also HEADRACE_URL. Default http://127.0.0.1:8083
  -j, --json              What the worker answered, as JSON
  -h, --help              This text

Exit codes
  0  done
  1  refused by the cluster, not found, invalid configuration, or failed while waiting
  2  the command line or the input file makes no sense
  3  no worker answers
  4  --wait ran out of time`;

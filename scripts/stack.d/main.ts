import { homedir } from 'node:os';
import { join } from 'node:path';

import { parseArguments, usage } from './arguments.ts';
import { checkCompose, writeCompose } from './containers/compose-file.ts';
import { defaultPortBase } from './containers/compose-variables.ts';
import { exitCodes, messageOf, StackError } from './errors.ts';
import { stackDown, stackEnv, stackStart, stackStatus, stackStop, stackUp } from './stack.ts';
import type { Settings } from './stack.ts';

function readSettings(): Settings {
  const root = process.env['ROOT'] ?? join(import.meta.dirname, '../..');
  const portBase = Number(process.env['PORT_BASE'] ?? defaultPortBase);
  if (!Number.isInteger(portBase) || portBase < 1024 || portBase > 65_000) {
    throw new StackError('usage', `PORT_BASE is "${String(process.env['PORT_BASE'])}": use a number from 1024 to 65000.`);
  }
  const cacheDir = process.env['HEADRACE_CACHE'] ?? join(homedir(), '.cache/headrace');
  return { root, portBase, cacheDir, dir: join(root, '.stack', String(portBase)) };
}

async function main(words: readonly string[]): Promise<string> {
  const request = parseArguments(words);
  const settings = readSettings();
  switch (request.command) {
    case 'up':
      return stackUp(settings, request);
    case 'down':
      return stackDown(settings, request.isPurge);
    case 'status':
      return stackStatus(settings, request.isJson);
    case 'env':
      return stackEnv(settings, request.isJson);
    case 'start':
      return stackStart(settings, request.service);
    case 'stop':
      return stackStop(settings, request.service, request.signal);
    case 'check-compose':
      return checkCompose(settings.root);
    case 'write-compose':
      return writeCompose(settings.root);
    case 'help':
      return usage;
    default:
      return request satisfies never;
  }
}

try {
  const text = await main(process.argv.slice(2));
  if (text !== '') process.stdout.write(`${text}\n`);
} catch (failure) {
  const kind = failure instanceof StackError ? failure.kind : undefined;
  process.stderr.write(`${kind === undefined && failure instanceof Error ? (failure.stack ?? messageOf(failure)) : messageOf(failure)}\n`);
  process.exitCode = exitCodes[kind ?? 'failed'];
}

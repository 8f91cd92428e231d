import type { ConfigInfos } from '@headrace/rest-contract';
import { usageError } from '../cli-error.ts';
import { printJson, type Command } from '../command.ts';
import { readConnectorFile } from '../connector-file.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatTable } from '../table.ts';

export const validateCommand: Command = {
  name: 'connectors validate',
  usage: 'FILE',
  summary: 'Check a connector without creating it; 1 when it has errors',
  arity: [1, 1],
  run: async (context) => {
    const { name, config } = await readConnectorFile(context, context.args[0] ?? '-');
    const className = config['connector.class'];
    if (typeof className !== 'string') throw usageError(`Connector ${name} does not name its class: add "connector.class".`);
    const { body } = await context.client.send('PUT', `/connector-plugins/${encodeURIComponent(className)}/config/validate`, {
      name,
      ...config,
    });
    const result = body as ConfigInfos;
    if (context.isJson) printJson(context, result);
    else if (result.error_count === 0) context.print(`Connector ${name} is valid.`);
    else {
      const rows = result.configs.flatMap(({ value }) => value.errors.map((error) => [value.name, error]));
      context.print(formatTable(['KEY', 'PROBLEM'], rows));
    }
    return result.error_count === 0 ? exitCodes.done : exitCodes.failed;
  },
};

import type { ConnectorOffsets, Message } from '@headrace/rest-contract';
import { usageError } from '../cli-error.ts';
import { connectorPath, printJson, readJson, textFlag, type Command } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatTable } from '../table.ts';

export const offsetsCommand: Command = {
  name: 'connectors offsets',
  usage: 'NAME [--alter FILE | --reset]',
  summary: 'Where a connector resumes; alters or resets it while the connector is stopped',
  options: { alter: { type: 'string' }, reset: { type: 'boolean' } },
  arity: [1, 1],
  run: async (context) => {
    const { client, args, flags, isJson, print } = context;
    const path = connectorPath(args[0] ?? '', '/offsets');
    const file = textFlag(context, 'alter');
    if (file !== undefined && flags['reset'] === true) throw usageError('--alter and --reset exclude each other.');
    if (file !== undefined || flags['reset'] === true) {
      const changed =
        file === undefined ? await client.send('DELETE', path) : await client.send('PATCH', path, await readJson(context, file));
      if (isJson) printJson(context, changed.body);
      else print((changed.body as Message).message);
      return exitCodes.done;
    }
    const offsets = await client.get<ConnectorOffsets>(path);
    if (isJson) printJson(context, offsets);
    else
      print(
        formatTable(
          ['PARTITION', 'OFFSET'],
          offsets.offsets.map(({ partition, offset }) => [JSON.stringify(partition), JSON.stringify(offset)]),
        ),
      );
    return exitCodes.done;
  },
};

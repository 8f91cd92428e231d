import type { PluginInfo } from '@headrace/rest-contract';
import { printJson, type Command } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatTable } from '../table.ts';

export const pluginsCommand: Command = {
  name: 'plugins list',
  usage: '[--all]',
  summary: 'Installed connectors; with --all transformations, predicates and converters, too',
  options: { all: { type: 'boolean' } },
  arity: [0, 0],
  run: async (context) => {
    const plugins = await context.client.get<readonly PluginInfo[]>(
      `/connector-plugins?connectorsOnly=${String(context.flags['all'] !== true)}`,
    );
    if (context.isJson) printJson(context, plugins);
    else
      context.print(
        formatTable(
          ['TYPE', 'CLASS', 'VERSION'],
          plugins.map((plugin) => [plugin.type, plugin.class, plugin.version ?? '-']),
        ),
      );
    return exitCodes.done;
  },
};

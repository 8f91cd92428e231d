import type { ConnectorInfo, ExpandedConnectors } from '@headrace/rest-contract';
import { connectorPath, forEach, printJson, textFlag, type Command } from '../command.ts';
import { readConnectorFile } from '../connector-file.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatTable } from '../table.ts';

const list: Command = {
  name: 'connectors list',
  usage: '',
  summary: 'All connectors with their states',
  arity: [0, 0],
  run: async (context) => {
    const connectors = await context.client.get<ExpandedConnectors>('/connectors?expand=status&expand=info');
    if (context.isJson) {
      printJson(context, connectors);
      return exitCodes.done;
    }
    const rows = Object.entries(connectors)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, { status, info }]) => {
        const tasks = status?.tasks ?? [];
        const running = tasks.filter(({ state }) => state === 'RUNNING').length;
        const failed = tasks.filter(({ state }) => state === 'FAILED').length;
        return [
          name,
          info?.type ?? 'unknown',
          status?.connector.state ?? '-',
          `${String(running)}/${String(tasks.length)} running${failed === 0 ? '' : `, ${String(failed)} failed`}`,
          info?.config['connector.class'] ?? '-',
        ];
      });
    context.print(formatTable(['NAME', 'TYPE', 'STATE', 'TASKS', 'CLASS'], rows));
    return exitCodes.done;
  },
};

const SECRET = /password|secret|jaas|token|credential|private/i;

/** Tables are looked at and pasted: a secret that is written out is hidden there. `--json` shows what is stored. */
const shown = (key: string, value: string): string => (SECRET.test(key) && value !== '' && !value.includes('${') ? '[hidden]' : value);

const get: Command = {
  name: 'connectors get',
  usage: 'NAME',
  summary: 'Configuration of a connector',
  arity: [1, 1],
  run: async (context) => {
    const info = await context.client.get<ConnectorInfo>(connectorPath(context.args[0] ?? ''));
    if (context.isJson) printJson(context, info);
    else {
      const rows = Object.entries(info.config).toSorted(([left], [right]) => (left < right ? -1 : 1));
      context.print(
        formatTable(
          ['KEY', 'VALUE'],
          rows.map(([key, value]) => [key, shown(key, value)]),
        ),
      );
    }
    return exitCodes.done;
  },
};

const create: Command = {
  name: 'connectors create',
  usage: 'FILE [--state STATE]',
  summary: 'Create a connector from a JSON file (- for standard input)',
  options: { state: { type: 'string' } },
  arity: [1, 1],
  run: async (context) => {
    const file = await readConnectorFile(context, context.args[0] ?? '-');
    const state = textFlag(context, 'state') ?? file.initialState;
    const body = { name: file.name, config: file.config, ...(state === undefined ? {} : { initial_state: state }) };
    const created = await context.client.send('POST', '/connectors', body);
    if (context.isJson) printJson(context, created.body);
    else context.print(`Connector ${file.name} created.`);
    return exitCodes.done;
  },
};

const apply: Command = {
  name: 'connectors apply',
  usage: 'FILE...',
  summary: 'Create the connectors, or give them the configuration of the files',
  arity: [1, Infinity],
  run: async (context) => {
    const files = await Promise.all(context.args.map((path) => readConnectorFile(context, path)));
    await forEach(files, async ({ name, config }) => {
      const applied = await context.client.send('PUT', connectorPath(name, '/config'), config);
      if (context.isJson) printJson(context, applied.body);
      else context.print(`Connector ${name} ${applied.status === 201 ? 'created' : 'configured'}.`);
    });
    return exitCodes.done;
  },
};

const remove: Command = {
  name: 'connectors delete',
  usage: 'NAME...',
  summary: 'Delete connectors; their offsets and topics stay',
  arity: [1, Infinity],
  run: async ({ client, args, isJson, print }) => {
    await forEach(args, async (name) => {
      await client.send('DELETE', connectorPath(name));
      if (!isJson) print(`Connector ${name} deleted.`);
    });
    return exitCodes.done;
  },
};

export const connectorCommands: readonly Command[] = [list, get, create, apply, remove];

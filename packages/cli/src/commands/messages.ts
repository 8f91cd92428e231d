import type { Notification, SignalAccepted } from '@headrace/rest-contract';
import { connectorPath, printJson, readJson, textFlag, type Command } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatTable } from '../table.ts';

const signal: Command = {
  name: 'connectors signal',
  usage: 'NAME TYPE [--data FILE] [--id ID]',
  summary: 'Have a connector carry out a signal: execute-snapshot, stop-snapshot, pause-snapshot, resume-snapshot, log',
  options: { data: { type: 'string' }, id: { type: 'string' } },
  arity: [2, 2],
  run: async (context) => {
    const [name = '', type = ''] = context.args;
    const file = textFlag(context, 'data');
    const id = textFlag(context, 'id');
    const data = file === undefined ? {} : { data: await readJson(context, file) };
    const { body } = await context.client.send('POST', connectorPath(name, '/signals'), {
      type,
      ...data,
      ...(id === undefined ? {} : { id }),
    });
    if (context.isJson) printJson(context, body);
    else context.print(`Signal ${(body as SignalAccepted).id} is on its way.`);
    return exitCodes.done;
  },
};

const notifications: Command = {
  name: 'connectors notifications',
  usage: 'NAME',
  summary: 'What a connector last told of its snapshots',
  arity: [1, 1],
  run: async (context) => {
    const told = await context.client.get<readonly Notification[]>(connectorPath(context.args[0] ?? '', '/notifications'));
    if (context.isJson) printJson(context, told);
    else {
      context.print(
        formatTable(
          ['AT', 'ID', 'ABOUT', 'TYPE', 'DATA'],
          told.map(({ timestamp, id, aggregate_type: about, type, additional_data: data }) => [
            new Date(timestamp).toISOString(),
            id,
            about,
            type,
            Object.entries(data)
              .filter(([key]) => key !== 'connector_name')
              .map(([key, value]) => `${key}=${value}`)
              .join(' '),
          ]),
        ),
      );
    }
    return exitCodes.done;
  },
};

export const messageCommands: readonly Command[] = [signal, notifications];

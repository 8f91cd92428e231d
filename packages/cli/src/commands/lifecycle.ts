import { usageError } from '../cli-error.ts';
import { connectorPath, forEach, printJson, textFlag, type Command } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

const change = (verb: 'pause' | 'resume' | 'stop', summary: string, done: string): Command => ({
  name: `connectors ${verb}`,
  usage: 'NAME...',
  summary,
  arity: [1, Infinity],
  run: async ({ client, args, isJson, print }) => {
    await forEach(args, async (name) => {
      await client.send('PUT', connectorPath(name, `/${verb}`));
      if (!isJson) print(`Connector ${name} ${done}.`);
    });
    return exitCodes.done;
  },
});

const restart: Command = {
  name: 'connectors restart',
  usage: 'NAME [--tasks] [--only-failed] [--task N]',
  summary: 'Restart a connector, its tasks, or one task',
  options: { tasks: { type: 'boolean' }, 'only-failed': { type: 'boolean' }, task: { type: 'string' } },
  arity: [1, 1],
  run: async (context) => {
    const { client, args, flags, isJson, print } = context;
    const [name = ''] = args;
    const task = textFlag(context, 'task');
    if (task !== undefined) {
      if (!/^\d+$/.test(task)) throw usageError(`--task takes a task number, not "${task}".`);
      await client.send('POST', connectorPath(name, `/tasks/${task}/restart`));
      if (!isJson) print(`Task ${name}-${task} restarted.`);
      return exitCodes.done;
    }
    const query = `?includeTasks=${String(flags['tasks'] === true)}&onlyFailed=${String(flags['only-failed'] === true)}`;
    const { body } = await client.send('POST', connectorPath(name, `/restart${query}`));
    if (isJson) printJson(context, body ?? null);
    else print(`Connector ${name} is being restarted.`);
    return exitCodes.done;
  },
};

export const lifecycleCommands: readonly Command[] = [
  change('pause', 'Pause connectors', 'is being paused'),
  change('resume', 'Resume connectors from pause or stop', 'is being resumed'),
  change('stop', 'Stop connectors: no tasks, offsets can be altered', 'stopped'),
  restart,
];

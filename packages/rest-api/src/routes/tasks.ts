import { RequestError } from '@headrace/foundation';
import { routes } from '@headrace/rest-contract';
import type { ConnectorStatus, Herder } from '@headrace/runtime';
import type { RestDeps } from '../deps.ts';
import { restErrors } from '../errors.ts';
import type { Serve } from '../serve.ts';
import { taskConfig, taskInfo, taskState } from '../wire/connector.ts';
import { isNotFound } from './connectors.ts';

/** Tasks of a connector. */
export const mountTasks = (serve: Serve, { herder }: RestDeps): void => {
  serve(routes.listTasks, async ({ params, signal, reply }) => {
    const tasks = await herder.tasks(params.connector, signal);
    return reply(
      200,
      tasks.map((task) => taskInfo(params.connector, task)),
    );
  });

  serve(routes.tasksConfig, async ({ params, signal, reply }) => {
    const tasks = await herder.tasks(params.connector, signal);
    return reply(200, Object.fromEntries(tasks.map((task) => [`${params.connector}-${String(task.task)}`, taskConfig(task)])));
  });

  serve(routes.taskStatus, async ({ params, signal, reply }) => {
    const task = (await tasksOf(herder, params.connector, signal)).find(({ id }) => id === params.task);
    if (task !== undefined) return reply(200, taskState(task));
    throw new RequestError(restErrors.not_found.code, 404, `No status found for task ${params.connector}-${String(params.task)}`);
  });

  serve(routes.restartTask, async ({ params, signal, reply }) => {
    await herder.restartTask(params.connector, params.task, signal);
    return reply(204);
  });
};

/** An unknown connector has no tasks: the refusal then names the task that was asked for. */
const tasksOf = async (herder: Herder, connector: string, signal: AbortSignal): Promise<ConnectorStatus['tasks']> => {
  try {
    return (await herder.status(connector, signal)).tasks;
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
};

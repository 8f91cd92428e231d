import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { errorBody, routes, type Route } from '@headrace/rest-contract';
import type { InjectOptions } from 'fastify';
import { Check, Errors } from 'typebox/value';
import { createRest, inv, type Rest } from '../test/rest.ts';

let rest: Rest;

beforeAll(async () => {
  rest = await createRest();
  await rest.app.inject({ method: 'POST', url: '/connectors', payload: inv });
  await rest.app.inject({ method: 'POST', url: '/connectors', payload: { ...inv, name: 'stopped', initial_state: 'STOPPED' } });
  await rest.app.inject({ method: 'POST', url: '/connectors', payload: { ...inv, name: 'doomed' } });
});

afterAll(async () => {
  await rest.app.close();
});

interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Readonly<Record<string, unknown>> }>>;
}
interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** One good request of each route of the contract, in an order that works. */
const requests: Readonly<Record<keyof typeof routes, InjectOptions & { readonly status: number }>> = {
  serverInfo: { url: '/', status: 200 },
  health: { url: '/health', status: 200 },
  cluster: { url: '/cluster', status: 200 },
  drainWorker: { url: '/cluster/workers/w1:8083/drain', status: 202 },
  undrainWorker: { url: '/cluster/workers/w1:8083/drain', status: 204 },
  reattachStore: { url: '/cluster/reattach', status: 200 },
  listConnectors: { url: '/connectors?expand=status&expand=info', status: 200 },
  createConnector: { url: '/connectors', payload: { ...inv, name: 'new' }, status: 201 },
  getConnector: { url: '/connectors/inv', status: 200 },
  deleteConnector: { url: '/connectors/doomed', status: 204 },
  getConfig: { url: '/connectors/inv/config', status: 200 },
  putConfig: { url: '/connectors/inv/config', payload: inv.config, status: 200 },
  patchConfig: { url: '/connectors/inv/config', payload: { file: 'b' }, status: 200 },
  getStatus: { url: '/connectors/inv/status', status: 200 },
  pause: { url: '/connectors/inv/pause', status: 202 },
  resume: { url: '/connectors/inv/resume', status: 202 },
  stop: { url: '/connectors/stopped/stop', status: 204 },
  restart: { url: '/connectors/inv/restart?includeTasks=true', status: 202 },
  listTasks: { url: '/connectors/inv/tasks', status: 200 },
  tasksConfig: { url: '/connectors/inv/tasks-config', status: 200 },
  taskStatus: { url: '/connectors/inv/tasks/0/status', status: 200 },
  restartTask: { url: '/connectors/inv/tasks/0/restart', status: 204 },
  sendSignal: { url: '/connectors/inv/signals', payload: { type: 'log', data: { message: 'hello' } }, status: 202 },
  listNotifications: { url: '/connectors/inv/notifications', status: 200 },
  getTopics: { url: '/connectors/inv/topics', status: 200 },
  resetTopics: { url: '/connectors/inv/topics/reset', status: 202 },
  getOffsets: { url: '/connectors/inv/offsets', status: 200 },
  patchOffsets: { url: '/connectors/stopped/offsets', payload: { offsets: [{ partition: { f: 'a' }, offset: { p: 1 } }] }, status: 200 },
  deleteOffsets: { url: '/connectors/stopped/offsets', status: 200 },
  listLoggers: { url: '/admin/loggers', status: 200 },
  getLogger: { url: '/admin/loggers/root', status: 200 },
  putLogger: { url: '/admin/loggers/root', payload: { level: 'debug' }, status: 200 },
  listPlugins: { url: '/connector-plugins?connectorsOnly=false', status: 200 },
  pluginConfig: { url: '/connector-plugins/FileStreamSink/config', status: 200 },
  validate: {
    url: '/connector-plugins/FileStreamSink/config/validate',
    payload: { 'connector.class': 'FileStreamSink', x: null },
    status: 200,
  },
};

describe('every route of the contract', () => {
  test.each(Object.entries(routes) as [keyof typeof routes, Route][])('%s answers as its schema says', async (name, route) => {
    const { status, ...request } = requests[name];
    const answer = await rest.app.inject({ method: route.method, ...request });
    expect(`${String(answer.statusCode)} ${answer.payload}`).toMatch(new RegExp(`^${String(status)} `));
    const schema = route.responses[answer.statusCode];
    if (schema === null) {
      expect(answer.payload).toBe('');
      return;
    }
    expect(answer.headers['content-type']).toBe('application/json');
    expect([...Errors(schema!, answer.json())]).toEqual([]);
  });

  test('refuses with the error body', async () => {
    for (const url of ['/nope', '/connectors/nope', '/connectors/nope/status', '/connector-plugins/nope/config']) {
      expect(Check(errorBody, (await rest.app.inject({ url })).json())).toBe(true);
    }
  });
});

describe('the OpenAPI document', () => {
  const load = async (): Promise<Document> => (await rest.app.inject({ url: '/openapi.json' })).json<Document>();

  test('has exactly the routes of the contract', async () => {
    const { openapi, paths } = await load();
    expect(openapi).toBe('3.1.0');
    const served = Object.entries(paths).flatMap(([path, operations]) => Object.keys(operations).map((method) => `${method} ${path}`));
    const promised = (Object.values(routes) as Route[]).map((route) => `${route.method.toLowerCase()} ${route.path}`);
    expect(served.toSorted()).toEqual(promised.toSorted());
  });

  test('describes every parameter of a path, every body and every answer', async () => {
    const { paths } = await load();
    const served = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({ path, method, operation })),
    );
    for (const { path, method, operation } of served) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const described = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name);
      expect(`${method} ${path}: ${described.join()}`).toBe(`${method} ${path}: ${named.join()}`);
      expect(operation.summary).toBeTruthy();
      const route = (Object.values(routes) as Route[]).find((one) => one.path === path && one.method.toLowerCase() === method)!;
      expect(operation.requestBody !== undefined).toBe(route.body !== undefined);
      for (const [status, response] of Object.entries(operation.responses)) {
        expect(typeof response.description).toBe('string');
        if (route.responses[Number(status)] === null) expect(response.content).toBeUndefined();
        else expect(response.content?.['application/json']).toBeDefined();
      }
    }
  });

  test('is plain JSON: nothing of our own in the schemas', async () => {
    const text = JSON.stringify(await load());
    expect(text).not.toContain('~kind');
    expect(text).not.toContain('"$id"');
  });
});

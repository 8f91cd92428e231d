import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RequestError, Stopped, type Clock } from '@headrace/foundation';
import type { InjectOptions } from 'fastify';
import { createRest, inv, type Rest } from '../test/rest.ts';

const standing: Omit<Clock, 'sleep'> = { now: () => 0, monotonic: () => 0, sinceBoot: () => 0, random: () => 0 };

let rest: Rest;

beforeEach(async () => {
  rest = await createRest();
});

afterEach(async () => {
  await rest.app.close();
});

const expectError = async (options: InjectOptions, status: number, message: string): Promise<void> => {
  const answer = await rest.app.inject(options);
  expect(answer.payload).toBe(JSON.stringify({ error_code: status, message }));
  expect(answer.statusCode).toBe(status);
  expect(answer.headers['content-type']).toBe('application/json');
};

describe('what the router refuses', () => {
  test('an unknown path', () => expectError({ url: '/nope' }, 404, 'HTTP 404 Not Found'));

  test('a task number that is none', () => expectError({ url: '/connectors/inv/tasks/abc/status' }, 404, 'HTTP 404 Not Found'));

  test('a method that the path does not have, naming those it has', async () => {
    await expectError({ method: 'DELETE', url: '/connectors' }, 405, 'HTTP 405 Method Not Allowed');
    const answer = await rest.app.inject({ method: 'PUT', url: '/connectors/' });
    expect(answer.headers.allow).toBe('HEAD,GET,POST,OPTIONS');
  });

  test.each(['text/html', 'text/plain', 'application/json;q=0'])('a client that accepts only %s', (accept) =>
    expectError({ url: '/', headers: { accept } }, 406, 'HTTP 406 Not Acceptable'),
  );

  test.each(['text/plain', 'application/xml'])('a body of type %s', (type) =>
    expectError(
      { method: 'POST', url: '/connectors', headers: { 'content-type': type }, payload: JSON.stringify(inv) },
      415,
      'HTTP 415 Unsupported Media Type',
    ),
  );

  test('a body without a type', () =>
    expectError({ method: 'POST', url: '/connectors', payload: Buffer.from(JSON.stringify(inv)) }, 415, 'HTTP 415 Unsupported Media Type'));

  test('a path that cannot be decoded', async () => {
    const answer = await rest.app.inject({ url: '/connectors/%zz' });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ error_code: 400 });
  });
});

describe('what it takes', () => {
  test.each(['*/*', 'application/*', 'text/html, application/json;q=0.5', ''])('Accept: %s', async (accept) => {
    expect((await rest.app.inject({ url: '/', headers: { accept } })).statusCode).toBe(200);
  });

  test('HEAD on every GET, with the length and without the body', async () => {
    const [head, get] = [await rest.app.inject({ method: 'HEAD', url: '/' }), await rest.app.inject({ url: '/' })];
    expect(head.statusCode).toBe(200);
    expect(head.payload).toBe('');
    expect(head.headers['content-length']).toBe(String(get.payload.length));
    expect(head.headers['content-type']).toBe('application/json');
  });

  test('OPTIONS, answered with the methods', async () => {
    const answer = await rest.app.inject({ method: 'OPTIONS', url: '/connectors' });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers.allow).toBe('HEAD,GET,POST,OPTIONS');
  });

  test('an empty body under any media type where none is needed', async () => {
    await rest.app.inject({ method: 'POST', url: '/connectors', payload: inv });
    for (const type of ['application/json', 'application/x-www-form-urlencoded']) {
      const headers = { 'content-type': type, 'content-length': '0' };
      expect((await rest.app.inject({ method: 'PUT', url: '/connectors/inv/pause/', headers })).statusCode).toBe(202);
    }
  });

  test('flags in any case, anything else being false', async () => {
    await rest.app.inject({ method: 'POST', url: '/connectors', payload: inv });
    const status = async (query: string): Promise<number> =>
      (await rest.app.inject({ method: 'POST', url: `/connectors/inv/restart?${query}` })).statusCode;
    expect(await status('includeTasks=TRUE')).toBe(202);
    expect(await status('includeTasks=xyz&onlyFailed=')).toBe(204);
    expect(await status('forward=true&unknown=1')).toBe(204);
  });
});

describe('bodies that are not what they should be', () => {
  const post = (payload: string): InjectOptions => ({
    method: 'POST',
    url: '/connectors',
    headers: { 'content-type': 'application/json' },
    payload,
  });

  test.each([
    ['not JSON', '{"name":'],
    ['empty', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['an unknown property', '{"name":"a","config":{},"x":1}'],
    ['no configuration', '{"name":"a"}'],
    ['an object as a value', '{"name":"a","config":{"topic":{"a":1}}}'],
    ['a list as a value', '{"name":"a","config":{"topic":["a"]}}'],
    ['too deep', `{"name":"a","config":${'['.repeat(100_000)}`],
  ])('%s: 400 and a sentence', async (_, payload) => {
    const answer = await rest.app.inject(post(payload));
    expect(answer.statusCode).toBe(400);
    const body = answer.json<{ error_code: number; message: string }>();
    expect(body.error_code).toBe(400);
    expect(body.message).toMatch(/^Request body is not/);
  });

  test('larger than the limit: 413', async () => {
    const answer = await rest.app.inject(post(JSON.stringify({ name: 'a', config: { topic: 'x'.repeat(1_600_000) } })));
    expect(answer.statusCode).toBe(413);
    expect(answer.json()).toMatchObject({ error_code: 413 });
  });
});

describe('trouble behind the server', () => {
  test('an unexpected error is 500 with its message, and logged once', async () => {
    const lines: unknown[] = [];
    const log = {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: (...line: unknown[]) => lines.push(line),
      with: () => log,
    };
    const { app, herder } = await createRest({ log });
    herder.connectorNames = () => Promise.reject(new Error('disk on fire'));
    const answer = await app.inject({ url: '/connectors' });
    expect(answer.statusCode).toBe(500);
    expect(answer.json()).toEqual({ error_code: 500, message: 'disk on fire' });
    expect(lines).toHaveLength(1);
    await app.close();
  });

  test('a status that the herder chose is passed on', async () => {
    rest.herder.connectorNames = () => Promise.reject(new RequestError('cluster.no_leader', 409, 'no leader'));
    await expectError({ url: '/connectors' }, 409, 'no leader');
  });

  test('a request that takes too long is given up and its work aborted', async () => {
    const clock: Clock = { ...standing, sleep: () => Promise.resolve() };
    const { app, herder } = await createRest({ clock });
    let reason: unknown;
    herder.connectorNames = (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
          reject(signal.reason as Error);
        });
      });
    const answer = await app.inject({ url: '/connectors' });
    expect(answer.statusCode).toBe(500);
    expect(answer.json<{ message: string }>().message).toMatch(/^Request timed out\. .*GET \/connectors within 90 s/);
    expect(reason).toBeInstanceOf(Stopped);
    await app.close();
  });
});

describe('the worker itself', () => {
  test('tells its version, commit and Kafka cluster', async () => {
    const answer = await rest.app.inject({ url: '/' });
    expect(answer.payload).toBe('{"version":"1.0.0","commit":"abc","kafka_cluster_id":"k1"}');
  });

  test.each([
    ['healthy', 200],
    ['starting', 503],
    ['unhealthy', 500],
  ] as const)('is %s: %i', async (status, code) => {
    const { app } = await createRest({ health: async () => ({ status, message: 'm' }) });
    const answer = await app.inject({ url: '/health' });
    expect(answer.statusCode).toBe(code);
    expect(answer.payload).toBe(`{"status":"${status}","message":"m"}`);
    await app.close();
  });

  test('is unhealthy when it does not answer itself', async () => {
    const clock: Clock = { ...standing, sleep: (ms) => (ms === 10_000 ? Promise.resolve() : new Promise(() => undefined)) };
    const { app } = await createRest({ clock, health: () => new Promise(() => undefined) });
    const answer = await app.inject({ url: '/health' });
    expect(answer.statusCode).toBe(500);
    expect(answer.json()).toMatchObject({ status: 'unhealthy' });
    await app.close();
  });

  test('without topic tracking says so', async () => {
    const { app } = await createRest({ topics: undefined as never });
    const answer = await app.inject({ url: '/connectors/inv/topics' });
    expect(answer.payload).toBe('{"error_code":403,"message":"Topic tracking is disabled."}');
    await app.close();
  });
});

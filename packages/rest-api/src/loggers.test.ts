import { describe, expect, test } from '@jest/globals';
import { createFakeLoggers } from '../test/fake-loggers.ts';
import { createRest } from '../test/rest.ts';

const loggersOf = async () => {
  const loggers = createFakeLoggers();
  const { app } = await createRest({ loggers });
  const put = (url: string, payload: object) => app.inject({ method: 'PUT', url, payload });
  return { app, loggers, put };
};

describe('admin/loggers', () => {
  test('lists loggers by name, without those that are off', async () => {
    const { app, put } = await loggersOf();
    await put('/admin/loggers/org.example.B', { level: 'OFF' });
    const { body } = await app.inject('/admin/loggers');
    expect(body).toBe('{"org.example.A":{"level":"INFO","last_modified":null},"root":{"level":"INFO","last_modified":null}}');
  });

  test('sets a level in any case and answers what changed', async () => {
    const { app, put } = await loggersOf();
    const answer = await put('/admin/loggers/org.example', { level: 'debug' });
    expect([answer.statusCode, answer.json()]).toEqual([200, ['org.example.A', 'org.example.B']]);
    expect((await app.inject('/admin/loggers/org.example.A')).json()).toEqual({ level: 'DEBUG', last_modified: 7 });
  });

  test('scope=cluster answers 204 and leaves it to the cluster', async () => {
    const { put, loggers } = await loggersOf();
    const answer = await put('/admin/loggers/org.example?scope=cluster', { level: 'TRACE' });
    expect([answer.statusCode, answer.body]).toEqual([204, '']);
    expect(loggers.inCluster).toEqual([['org.example', 'TRACE']]);
  });

  test('takes an unknown scope as worker', async () => {
    const { put } = await loggersOf();
    expect((await put('/admin/loggers/root?scope=planet', { level: 'WARN' })).json()).toEqual(['root']);
  });

  test('refuses what it does not know: a missing level 400, an unknown level or logger 404', async () => {
    const { app, put } = await loggersOf();
    const missing = await put('/admin/loggers/root', {});
    const unknown = await put('/admin/loggers/root', { level: 'LOUD' });
    const nowhere = await app.inject('/admin/loggers/org.nowhere');
    expect([missing, unknown, nowhere].map(({ statusCode, body }) => [statusCode, JSON.parse(body).message])).toEqual([
      [400, "Desired 'level' parameter was not specified in request."],
      [404, "invalid log level 'LOUD'."],
      [404, 'Logger org.nowhere not found.'],
    ]);
  });
});

describe('the admin endpoints', () => {
  const answers = async (endpoints: 'without-admin' | 'admin-only', urls: readonly string[]): Promise<readonly number[]> => {
    const { app } = await createRest({ endpoints });
    const statuses = await Promise.all(urls.map(async (url) => (await app.inject({ url })).statusCode));
    await app.close();
    return statuses;
  };
  const urls = ['/admin/loggers', '/admin/loggers/root', '/connectors', '/metrics', '/openapi.json'];

  test('are not there on a server without them', async () => {
    expect(await answers('without-admin', urls)).toEqual([404, 404, 200, 200, 200]);
  });

  test('are all there is on a server of their own', async () => {
    expect(await answers('admin-only', urls)).toEqual([200, 200, 404, 404, 404]);
  });
});

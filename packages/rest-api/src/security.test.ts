import { describe, expect, test } from '@jest/globals';
import { createRest } from '../test/rest.ts';

const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;

describe('authentication', () => {
  const open = async () => (await createRest({ security: { credentials: { basic: ['ann:secret', 'bob:b:c'], bearer: ['t0ken'] } } })).app;

  test.each([basic('ann:secret'), basic('bob:b:c'), 'Bearer t0ken', 'bearer t0ken'])('lets %s in', async (authorization) => {
    const app = await open();
    expect((await app.inject({ url: '/connectors', headers: { authorization } })).statusCode).toBe(200);
  });

  test.each([undefined, basic('ann:wrong'), basic('ann'), 'Bearer other', 'Bearer ', 't0ken'])('refuses %s', async (authorization) => {
    const app = await open();
    const answer = await app.inject({ url: '/connectors', headers: authorization === undefined ? {} : { authorization } });
    expect([answer.statusCode, answer.json(), answer.headers['www-authenticate']]).toEqual([
      401,
      { error_code: 401, message: 'User cannot access the resource.' },
      'Basic realm="Kafka Connect", Bearer',
    ]);
  });

  test('guards paths that do not exist and metrics as well, and leaves health open', async () => {
    const app = await open();
    const statuses = await Promise.all(
      ['/nope', '/metrics', '/openapi.json', '/health'].map(async (url) => (await app.inject(url)).statusCode),
    );
    expect(statuses).toEqual([401, 401, 401, 200]);
  });
});

describe('cross-origin requests', () => {
  const open = async () =>
    (await createRest({ security: { cors: { origins: [/^(?:https:\/\/.*\.example\.org)$/], methods: ['GET', 'PUT'] } } })).app;
  const origin = 'https://ui.example.org';

  test('an allowed origin may read, and hears so', async () => {
    const { headers } = await (await open()).inject({ url: '/connectors', headers: { origin } });
    expect(headers).toMatchObject({ 'access-control-allow-origin': origin, vary: 'Origin' });
  });

  test('any other origin is served without the headers', async () => {
    const answer = await (await open()).inject({ url: '/connectors', headers: { origin: 'https://example.org.evil.net' } });
    expect([answer.statusCode, answer.headers['access-control-allow-origin']]).toEqual([200, undefined]);
  });

  test('a preflight hears the methods, and reaches OPTIONS', async () => {
    const answer = await (
      await open()
    ).inject({
      method: 'OPTIONS',
      url: '/connectors',
      headers: { origin, 'access-control-request-method': 'PUT' },
    });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'access-control-allow-methods': 'GET,PUT',
      'access-control-allow-headers': 'Content-Type',
      'access-control-max-age': '60',
      allow: 'HEAD,GET,POST,OPTIONS',
    });
  });
});

describe('headers of every answer', () => {
  test('are set, added and dated, errors included', async () => {
    const { app } = await createRest({
      security: {
        headers: [
          { action: 'set', name: 'X-Frame-Options', value: 'DENY' },
          { action: 'add', name: 'Cache-Control', value: 'no-store' },
          { action: 'add', name: 'Cache-Control', value: 'no-cache' },
          { action: 'set', name: 'Expires', value: -1_000 },
        ],
      },
    });
    for (const url of ['/connectors', '/nope']) {
      const { headers } = await app.inject(url);
      expect(headers).toMatchObject({ 'x-frame-options': 'DENY', 'cache-control': ['no-store', 'no-cache'] });
      expect(Date.parse(String(headers.expires))).not.toBeNaN();
    }
  });
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect } from 'node:net';
import { Product, unique } from '../support/product.ts';

const config = { 'connector.class': 'FileStreamSource', file: '/tmp/none', topic: 'hostile', 'tasks.max': '1' };
const nested = (depth: number, open: string, close: string): string => open.repeat(depth) + '1' + close.repeat(depth);

/** What comes from clients that are broken or mean no good. */
describe('hostile requests', () => {
  let product: Product;
  let base: string;

  beforeAll(async () => {
    product = await Product.start(1);
    base = product.workers[0]?.rest ?? '';
  });

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
  });

  interface Seen {
    readonly status: number;
    readonly body: unknown;
  }

  const post = async (body: string, type = 'application/json', path = '/connectors'): Promise<Seen> => {
    const response = await fetch(base + path, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
      signal: AbortSignal.timeout(20_000),
    });
    return { status: response.status, body: await response.json() };
  };

  const named = (name: string, settings = JSON.stringify(config)): string => `{"name":${JSON.stringify(name)},"config":${settings}}`;

  /** Sends bytes as they are, and gives all that is answered until the connection ends or is idle. */
  const raw = async (text: string): Promise<string> =>
    new Promise((resolve) => {
      const { hostname, port } = new URL(base);
      const socket = connect(Number(port), hostname, () => socket.write(text));
      let answer = '';
      socket.setTimeout(2_000, () => socket.destroy());
      socket.on('data', (chunk) => (answer += chunk.toString()));
      socket.on('close', () => {
        resolve(answer);
      });
      // The connection may be reset while we still write.
      socket.on('error', () => socket.destroy());
    });

  test.each([
    ['no JSON', 400, '{"name"'],
    ['not even text', 400, '\u0000\u0001'],
    ['an array', 400, '[]'],
    ['a text', 400, '"x"'],
    ['null', 400, 'null'],
    ['nothing', 400, ''],
    ['an unknown field', 400, '{"name":"x","config":{},"extra":1}'],
    ['a setting that is an object', 400, named('x', '{"a":{"b":1}}')],
    ['a setting that is a list', 400, named('x', '{"a":["b"]}')],
    ['a name that is a number', 400, '{"name":5,"config":{}}'],
    ['lists in lists, 100,000 deep', 400, nested(100_000, '[', ']')],
    ['objects in objects, 100,000 deep', 400, nested(100_000, '{"a":', '}')],
    ['settings nested 100,000 deep', 400, named('x', nested(100_000, '{"a":', '}'))],
    ['a body beyond the limit', 413, named('x', JSON.stringify({ ...config, blob: 'x'.repeat(2_000_000) }))],
    ['a name of control characters', 400, named('a\u0007b')],
    ['a name of blanks', 400, named('   ')],
  ])('%s is %d, in the body of an error', async (_, status, body) => {
    const seen = await post(body);
    expect(seen).toEqual({ status, body: { error_code: status, message: expect.any(String) } });
    expect((await fetch(`${base}/health`, { signal: AbortSignal.timeout(2_000) })).status).toBe(200);
  });

  test('a body of another media type is 415, and what cannot be accepted 406', async () => {
    expect((await post('name=x', 'application/x-www-form-urlencoded')).status).toBe(415);
    expect((await fetch(`${base}/connectors`, { headers: { accept: 'application/xml' } })).status).toBe(406);
  });

  test('keys that mean something to JavaScript are settings like others', async () => {
    const name = unique('proto');
    const settings = `{"connector.class":"FileStreamSource","file":"/tmp/none","topic":"t","__proto__":"a","constructor":"b","toString":"c"}`;
    expect((await post(named(name, settings))).status).toBe(201);
    const text = await (await fetch(`${base}/connectors/${name}/config`)).text();
    for (const pair of ['"__proto__":"a"', '"constructor":"b"', '"toString":"c"']) expect(text).toContain(pair);
    for (const other of ['__proto__', 'constructor', 'toString']) {
      expect((await fetch(`${base}/connectors/${other}`)).status).toBe(404);
      expect((await fetch(`${base}/connector-plugins/${other}/config`)).status).toBe(404);
      expect((await fetch(`${base}/admin/loggers/${other}`)).status).toBe(404);
    }
    expect((await fetch(`${base}/connectors/${name}`, { method: 'DELETE' })).status).toBe(204);
  });

  test.each([
    ['%', 400],
    ['%E0%A4%A', 400],
    ['%00', 404],
    ['..%2f..%2fetc%2fpasswd', 404],
    ['x'.repeat(8_000), 404],
    ['x'.repeat(9_000), 414],
  ])('a path that ends in %j is %d', async (name, status) => {
    const response = await fetch(`${base}/connectors/${name}`);
    expect([response.status, ((await response.json()) as { error_code: number }).error_code]).toEqual([status, status]);
  });

  test.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['headers beyond the limit', `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`],
    ['two lengths', 'POST /connectors HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello'],
  ])('%s ends the connection, with a 4xx if anything', async (_, text) => {
    expect(await raw(text)).toMatch(/^(?:HTTP\/1\.1 4\d\d |$)/);
    expect((await fetch(`${base}/health`)).status).toBe(200);
  });

  test('a client that sends its body never is no burden to others', async () => {
    const half = Array.from({ length: 50 }, () =>
      raw('POST /connectors HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"na'),
    );
    expect((await fetch(`${base}/connectors`, { signal: AbortSignal.timeout(2_000) })).status).toBe(200);
    await Promise.all(half);
    expect((await fetch(`${base}/health`)).status).toBe(200);
  });
});

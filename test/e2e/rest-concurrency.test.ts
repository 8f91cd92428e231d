import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Product, unique } from '../support/product.ts';
import { until } from '../support/wait.ts';

const config = { 'connector.class': 'FileStreamSource', topic: 'concurrency', 'tasks.max': '1' };

/** As a client would: one request to one worker, without another try. */
const ask = async (base: string, method: string, path: string, body?: unknown): Promise<number> => {
  const response = await fetch(`${base}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    signal: AbortSignal.timeout(30_000),
  });
  await response.text();
  return response.status;
};

describe('many clients at once', () => {
  let product: Product;

  beforeAll(async () => {
    product = await Product.start(3);
  });

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
  });

  const fromEveryWorker = (method: string, path: string, body?: unknown): Promise<readonly number[]> =>
    Promise.all([...product.workers, ...product.workers].map(({ rest }) => ask(rest, method, path, body)));

  test('of those who create one name exactly one wins, and the same for deletion', async () => {
    for (let round = 0; round < 10; round += 1) {
      const name = unique('race');
      const created = await fromEveryWorker('POST', '/connectors', { name, config: { ...config, file: `/tmp/${name}` } });
      expect(created.toSorted()).toEqual([201, 409, 409, 409, 409, 409]);
      const deleted = await fromEveryWorker('DELETE', `/connectors/${name}`);
      expect(deleted.toSorted()).toEqual([204, 404, 404, 404, 404, 404]);
      for (const path of ['', '/status', '/config', '/tasks']) {
        expect(await fromEveryWorker('GET', `/connectors/${name}${path}`)).toEqual(Array<number>(6).fill(404));
      }
    }
  });

  test.each(['with space', 'slash/ed', 'per%cent', 'ünïcode→', 'question?', 'hash#', '..dots'])('takes the name %j', async (name) => {
    const path = `/connectors/${encodeURIComponent(name)}`;
    const { rest = '' } = product.workers[0] ?? {};
    expect(await ask(rest, 'POST', '/connectors', { name, config: { ...config, file: '/tmp/none' } })).toBe(201);
    expect((await product.rest.call('GET', path)).body).toMatchObject({ name });
    expect(await ask(rest, 'DELETE', path)).toBe(204);
  });

  test.each(['', '  ', 'line\nbreak', 'nul\u0000'])('refuses the name %j', async (name) => {
    const { status, body } = await product.rest.call('POST', '/connectors', { name, config });
    expect([status, (body as { error_code: number }).error_code]).toEqual([400, 400]);
  });

  test('a rolling restart disturbs nobody who writes and reads configurations', async () => {
    const name = unique('roll');
    await product.rest.create(name, { ...config, file: `/tmp/${name}` });
    const stop = new AbortController();
    const seen = new Map<string, number>();
    const note = (what: string): void => {
      seen.set(what, (seen.get(what) ?? 0) + 1);
    };
    const client = async (base: string): Promise<void> => {
      for (let round = 0; !stop.signal.aborted; round += 1) {
        try {
          note(String(await ask(base, 'PUT', `/connectors/${name}/config`, { ...config, file: `/tmp/${name}`, round: String(round) })));
          note(String(await ask(base, 'GET', `/connectors/${name}/config`)));
        } catch (failure) {
          const { code = String(failure) } = (failure as { readonly cause?: { readonly code?: string } }).cause ?? {};
          note(code);
        }
        await sleep(50);
      }
    };
    const clients = product.workers.map(({ rest }) => client(rest));
    for (const { id, pid } of product.workers) {
      process.kill(pid, 'SIGTERM');
      await until(`${id} has left`, async () => (await product.refreshWorkers()).every((worker) => worker.id !== id), { withinMs: 60_000 });
      await product.scale(3);
    }
    stop.abort();
    await Promise.all(clients);
    // A kept connection that the worker closed as it ended shows as one of the last two.
    const allowed = new Set(['200', 'ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET']);
    expect([...seen].filter(([what]) => !allowed.has(what))).toEqual([]);
    expect(seen.get('200')).toBeGreaterThan(50);
  });
});

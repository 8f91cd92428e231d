import { systemClock, type Clock } from '@headrace/foundation';
import { describe, expect, test } from '@jest/globals';
import { RegistryClient } from './registry-client.ts';

const { signal } = new AbortController();

/** Time that passes only by sleeping; a request's own limit never comes. */
const quickClock = (): Clock => {
  let now = 0;
  return {
    ...systemClock,
    monotonic: () => now,
    sleep: (ms, aborted) => {
      if (ms === 10_000)
        return new Promise((_, reject) => {
          aborted.addEventListener('abort', () => {
            reject(new Error('aborted'));
          });
        });
      now += ms;
      return Promise.resolve();
    },
  };
};

const clientOf = (
  answers: readonly (readonly [number, unknown] | Error)[],
  urls = ['http://a/'],
): { client: RegistryClient; asked: string[] } => {
  const asked: string[] = [];
  const answer = (url: string): Promise<Response> => {
    const next = answers[Math.min(asked.length, answers.length - 1)];
    asked.push(url);
    if (next === undefined || !Array.isArray(next)) return Promise.reject(next);
    return Promise.resolve(new Response(JSON.stringify(next[1]), { status: next[0] as number }));
  };
  return { client: new RegistryClient({ urls, clock: quickClock(), fetch: answer as typeof fetch }), asked };
};

describe('The registry client', () => {
  test('repeats a call over all bases while it may pass by itself', async () => {
    const { client, asked } = clientOf([new Error('refused'), [503, {}], [200, { id: 9 }]], ['http://a', 'http://b']);
    expect(await client.register('t-value', { format: 'AVRO', text: '"string"' }, signal)).toBe(9);
    expect(asked).toEqual([
      'http://a/subjects/t-value/versions',
      'http://b/subjects/t-value/versions',
      'http://a/subjects/t-value/versions',
    ]);
  });

  test('normalize.schemas=true has the registry compare schemas without regard to their form', async () => {
    const asked: string[] = [];
    const answer = (url: string): Promise<Response> => {
      asked.push(url);
      return Promise.resolve(new Response('{"id":1}'));
    };
    const schema = { format: 'AVRO', text: '"int"' } as const;
    for (const isNormalizing of [true, false]) {
      const client = new RegistryClient({ urls: ['http://a'], isNormalizing, fetch: answer as typeof fetch });
      await client.register('s', schema, signal);
      await client.idOf('s', schema, signal);
    }
    expect(asked).toEqual([
      ...['http://a/subjects/s/versions?normalize=true', 'http://a/subjects/s?normalize=true'],
      ...['http://a/subjects/s/versions', 'http://a/subjects/s'],
    ]);
  });

  test('says which registry is away and why when the deadline has passed', async () => {
    const { client } = clientOf([new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:1') })]);
    await expect(client.schema(1, signal)).rejects.toMatchObject({
      code: 'registry.unavailable',
      reaction: 'retry',
      message: expect.stringContaining('http://a/') as unknown,
    });
    await expect(client.schema(1, signal)).rejects.toThrow('ECONNREFUSED');
  });

  test("gives the registry's reason for an incompatible schema, with the subject and at once", async () => {
    const { client, asked } = clientOf([
      [409, { error_code: 409, message: 'io.apicurio.rules.RuleViolationException: reader type: STRING' }],
    ]);
    await expect(client.register('t-value', { format: 'AVRO', text: '"string"' }, signal)).rejects.toMatchObject({
      code: 'registry.incompatible_schema',
      reaction: 'task-failure',
      message: expect.stringMatching(/subject "t-value" as incompatible: reader type: STRING\. /) as unknown,
    });
    expect(asked).toHaveLength(1);
  });

  test('tells an unknown id, a missing subject and a refusal apart', async () => {
    const missing = [404, { error_code: 40_403, message: 'No content' }] as const;
    await expect(clientOf([missing]).client.schema(3, signal)).rejects.toMatchObject({ code: 'registry.unknown_schema_id' });
    await expect(clientOf([missing]).client.idOf('t-value', { format: 'AVRO', text: '"int"' }, signal)).rejects.toMatchObject({
      code: 'registry.schema_missing',
    });
    await expect(clientOf([[401, {}]]).client.register('t-value', { format: 'AVRO', text: '"int"' }, signal)).rejects.toMatchObject({
      code: 'registry.refused',
    });
  });
});

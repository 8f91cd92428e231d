import { expect, test } from '@jest/globals';
import type { LogFields, Logger } from '@headrace/foundation';
import { createRest } from '../test/rest.ts';

test('requests that may change something are logged at INFO with who, what and how it ended, others at DEBUG', async () => {
  const lines: unknown[] = [];
  const writer = (level: string) => (message: string, fields?: LogFields) => lines.push([level, message, fields]);
  const log: Logger = { debug: writer('debug'), info: writer('info'), warn: writer('warn'), error: writer('error'), with: () => log };
  const { app } = await createRest({ log });
  await app.inject('/connectors?expand=info');
  await app.inject({ method: 'DELETE', url: '/connectors/none', headers: { authorization: 'Basic c2VjcmV0' } });
  await app.inject({ method: 'POST', url: '/nothing', payload: { password: 'secret' } });
  const ms = expect.any(Number) as unknown;
  expect(lines).toEqual([
    ['debug', 'Request', { client: '127.0.0.1', method: 'GET', path: '/connectors?expand=info', status: 200, ms }],
    ['info', 'Request', { client: '127.0.0.1', method: 'DELETE', path: '/connectors/none', status: 404, ms }],
    ['info', 'Request', { client: '127.0.0.1', method: 'POST', path: '/nothing', status: 404, ms }],
  ]);
});

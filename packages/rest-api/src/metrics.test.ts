import { expect, test } from '@jest/globals';
import { createRest } from '../test/rest.ts';

test('metrics are text, whatever the scraper accepts', async () => {
  const { app } = await createRest();
  const answer = await app.inject({ url: '/metrics', headers: { accept: 'text/plain;version=0.0.4' } });
  expect([answer.statusCode, answer.headers['content-type'], answer.body]).toEqual([200, 'text/plain; version=0.0.4', 'up 1\n']);
});

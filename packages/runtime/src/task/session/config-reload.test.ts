import { VirtualClock } from '@headrace/testkit';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { isReloaded, untilSecretsChange } from './config-reload.ts';

const raw = { password: '${dir:/run/secrets:password}' };

describe('a changed secret', () => {
  let clock: VirtualClock;
  /** What the file says; undefined: it cannot be read. */
  let file: string | undefined;
  let isSeen: boolean;

  beforeEach(() => {
    clock = new VirtualClock();
    file = 'old';
    isSeen = false;
    const resolve = () => (file === undefined ? Promise.reject(new Error('It is away.')) : Promise.resolve({ password: file }));
    const watched = { raw, resolved: { password: 'old' }, resolve, clock };
    void untilSecretsChange(watched, new AbortController().signal).then(() => {
      isSeen = true;
    });
  });

  test('is seen within four seconds', async () => {
    await clock.advance(60_000);
    expect(isSeen).toBe(false);
    file = 'new';
    expect(await clock.until(() => isSeen)).toBeLessThanOrEqual(4_000);
  });

  test('is not what is half written, nor what is away for a while', async () => {
    for (const text of ['n', 'ne', undefined, undefined, undefined, 'old', 'old']) {
      file = text;
      await clock.advance(2_000);
    }
    expect(isSeen).toBe(false);
  });
});

test.each([
  ['with placeholders', raw, true],
  ['with placeholders and config.action.reload=restart', { ...raw, 'config.action.reload': 'restart' }, true],
  ['with placeholders and config.action.reload=none', { ...raw, 'config.action.reload': 'none' }, false],
  ['without placeholders', { password: 'old' }, false],
])('a configuration %s: starts again with a changed secret: %p', (_, config, expected) => {
  expect(isReloaded(config)).toBe(expected);
});

import { createLatch } from '@headrace/foundation';
import { describe, expect, test } from '@jest/globals';
import { OneAhead } from './one-ahead.ts';

const { signal } = new AbortController();

describe('work that goes one ahead', () => {
  test('lets its caller go on, and makes the next piece wait', async () => {
    const ahead = new OneAhead();
    const [first, done] = [createLatch<undefined>(), [] as string[]];
    const piece = (name: string, until: Promise<unknown>) => async (): Promise<void> => {
      await until;
      done.push(name);
    };
    await ahead.begin(piece('first', first.promise), signal);
    const second = ahead.begin(piece('second', Promise.resolve()), signal);
    expect(done).toEqual([]);
    first.resolve(undefined);
    await second;
    await ahead.settled();
    expect(done).toEqual(['first', 'second']);
  });

  test('tells a failure to whoever comes next, and begins nothing after it', async () => {
    const ahead = new OneAhead();
    let isBegun = false;
    const begin = (): Promise<void> => {
      isBegun = true;
      return Promise.resolve();
    };
    await ahead.begin(() => Promise.reject(new Error('refused')), signal);
    for (const next of [ahead.begin(begin, signal), ahead.begin(begin, signal), ahead.settled()]) {
      await expect(next).rejects.toThrow('refused');
    }
    expect(isBegun).toBe(false);
  });

  test('is aborted and waited for when it is given up', async () => {
    const ahead = new OneAhead();
    let end: unknown;
    const untilAborted = async (stop: AbortSignal): Promise<void> => {
      await new Promise((resolve) => {
        stop.addEventListener('abort', resolve);
      });
      end = stop.reason;
    };
    await ahead.begin(untilAborted, signal);
    await ahead[Symbol.asyncDispose]();
    expect(end).toBeInstanceOf(Error);
  });
});
